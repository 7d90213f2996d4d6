/**
 * Cursors of keyset paging. A cursor holds the key of the last item of a page, so a page costs the same wherever it
 * stands, and items that come or go between two pages neither repeat nor hide others.
 */

/** Makes the opaque cursor that stands for a key. */
export function encodeCursor(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}

/** The key that a cursor stands for; undefined when it is no cursor of ours. */
export function decodeCursor(cursor: string): string | undefined {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  return key !== '' && encodeCursor(key) === cursor ? key : undefined;
}
