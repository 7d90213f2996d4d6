/** What is done with a folder at the start: a failure of it ends the program, any other is one that it outlives. */
export const OPENING = 'opening data folder';

/** The data folder is open in another process. */
export class DataFolderInUseError extends Error {
  constructor(folder: string, cause: unknown) {
    super(
      `opening data folder: ${folder} is in use by another process; stop that one or choose another folder`,
      { cause },
    );
    this.name = 'DataFolderInUseError';
  }
}

/** The data folder was written by a newer version, which may have stored what this one can't read. */
export class DataFolderTooNewError extends Error {
  constructor(folder: string, found: number, known: number) {
    super(
      `opening data folder: ${folder} has data version ${found}, this program knows versions up to ${known}; ` +
        'run the newer version or choose another folder. Nothing was changed',
    );
    this.name = 'DataFolderTooNewError';
  }
}

/** There is no room left for the data; nothing that was answered is lost. */
export class DataFolderFullError extends Error {
  constructor(action: string, folder: string, cause?: unknown) {
    super(
      `${action}: the disk of ${folder} is full; free some space and ${action === OPENING ? 'start again' : 'it goes on by itself'}. Stored data is untouched`,
      cause === undefined ? undefined : { cause },
    );
    this.name = 'DataFolderFullError';
  }
}

/** The data folder can't be read or written: damaged, no permission, failing disk. */
export class DataFolderUnusableError extends Error {
  constructor(action: string, folder: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${action}: ${folder} can't be used: ${why}`, { cause });
    this.name = 'DataFolderUnusableError';
  }
}

/** The typed error of whatever LevelDB or the file system threw while doing `action` in `folder`. */
export function dataFolderError(action: string, folder: string, error: unknown): Error {
  const codes = causesOf(error).map((one) => (one as { code?: string }).code);
  const text = causesOf(error)
    .map((one) => one.message)
    .join(' ');
  if (codes.includes('LEVEL_LOCKED')) return new DataFolderInUseError(folder, error);
  if (codes.includes('ENOSPC') || text.includes('No space left')) {
    return new DataFolderFullError(action, folder, error);
  }
  return new DataFolderUnusableError(action, folder, causesOf(error).at(-1) ?? error);
}

function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let one = error; one instanceof Error; one = one.cause) chain.push(one);
  return chain;
}
