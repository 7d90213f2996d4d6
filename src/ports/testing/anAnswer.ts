import type { HttpAnswer } from '../sendRequest.ts';

/** An answer of a server that tests play themselves: its body, the status (200), and headers by names in lower case. */
export function anAnswer(
  body: string,
  { status = 200, headers = {} }: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): HttpAnswer {
  return {
    status,
    header: (name) => headers[name],
    text: async () => body,
    bytes: (async function* () {
      yield new TextEncoder().encode(body);
    })(),
  };
}
