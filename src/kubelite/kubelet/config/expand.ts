/**
 * A text with each `$(NAME)` replaced as Kubernetes does it: `$$` stands for `$`, an unknown name is left as it is written.
 */
export function expand(text: string, value: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (written: string, name: string | undefined) => {
    if (written === '$$') return '$';
    return value(name ?? '') ?? written;
  });
}
