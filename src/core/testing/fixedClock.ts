/** A moment at which tests happen: 2026-03-01T12:00:00Z, in ms. */
export const NOW: number = Date.UTC(2026, 2, 1, 12, 0, 0);

/** The time so many seconds after NOW, in whole seconds as Kubernetes writes it. */
export function at(seconds: number): string {
  return new Date(NOW + seconds * 1000).toISOString().replace('.000Z', 'Z');
}
