/**
 * Runs that have ended and are more than their schedules keep, as the leader sees it now. Their schedule does not remove
 * them itself: the loop over runs does, which lets none go before its evidence is stored.
 */
export class Surplus {
  readonly #runs = new Set<string>();
  readonly #bySchedule = new Map<string, readonly string[]>();

  /** Says of a schedule (by UID) which runs (by UID) are too many, in place of what was said before. Returns the new ones. */
  note(schedule: string, runs: readonly string[]): string[] {
    const before = this.#bySchedule.get(schedule) ?? [];
    for (const run of before) this.#runs.delete(run);
    for (const run of runs) this.#runs.add(run);
    if (runs.length === 0) this.#bySchedule.delete(schedule);
    else this.#bySchedule.set(schedule, runs);
    return runs.filter((run) => !before.includes(run));
  }

  /** Whether a run (by UID) is one of them. */
  has(run: string): boolean {
    return this.#runs.has(run);
  }

  /** Another leader may have worked meanwhile. */
  clear(): void {
    this.#runs.clear();
    this.#bySchedule.clear();
  }
}
