/** Makes an HTTP request: the platform's own `fetch`, for a library that is given one. Our own requests are `sendRequest`. */
export function systemFetch(url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, init);
}
