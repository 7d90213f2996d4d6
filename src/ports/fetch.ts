/** Makes an HTTP request: the platform's `fetch`, with the URL as text. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The platform's own. */
export const systemFetch: Fetch = (url, init) => globalThis.fetch(url, init);
