import type { Child, Keep } from './view.ts';

/** Those that have ended and are more than a schedule keeps, the oldest of each sort. What is alive is never among them. */
export function beyondHistory(children: readonly Child[], keep: Keep): Child[] {
  return [
    ...oldestBeyond(children, 'succeeded', keep.succeeded),
    ...oldestBeyond(children, 'failed', keep.failed),
  ];
}

function oldestBeyond(children: readonly Child[], state: Child['state'], keep: number): Child[] {
  return children
    .filter((child) => child.state === state && child.isOver && !child.isGoing)
    .sort((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? 1 : -1))
    .slice(keep);
}
