import { describe, expect, it } from 'vitest';
import { refuseOldServer } from './migrate.ts';

describe('refuseOldServer', () => {
  it('takes 14 and newer, and says of an older one what it is and what to do', () => {
    for (const server of [140_000, 150_004, 180_001]) refuseOldServer(server);
    expect(() => refuseOldServer(130_014)).toThrow(
      /it is PostgreSQL 13, and Endwell needs 14 or newer\. Upgrade it/,
    );
  });
});
