/** The new database that the last build packed: from source it takes seven seconds of a core to make one. */
export const BUILT_DATABASE = new URL('../../../dist/parts/pgdata.tar.gz', import.meta.url);
