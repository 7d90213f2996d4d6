import type { Random } from '../../src/ports/clock.ts';

/** A source of chance that one seed and one name decide: what one part draws never shifts what another gets. */
export interface Chance {
  /** In [0, 1). */
  readonly random: Random;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** True with that probability. */
  is(probability: number): boolean;
  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T;
}

/** The chance of one part of one seed. */
export function chanceOf(seed: number, name: string): Chance {
  const random = generator(mix(seed >>> 0, name));
  return {
    random,
    int: (min, max) => min + Math.floor(random() * (max - min + 1)),
    is: (probability) => random() < probability,
    pick(list) {
      const one = list[Math.floor(random() * list.length)];
      if (one === undefined) throw new Error('picking from an empty list');
      return one;
    },
  };
}

/** FNV-1a over the name, begun with the seed. */
function mix(seed: number, name: string): number {
  let hash = (2_166_136_261 ^ Math.imul(seed + 1, 2_654_435_761)) >>> 0;
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 16_777_619) >>> 0;
  }
  return hash;
}

/** splitmix32: 32 bits of state are plenty for one part of one seed. */
function generator(start: number): Random {
  let state = start;
  return () => {
    state = (state + 0x9e37_79b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0_aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a_2d97);
    return ((word ^ (word >>> 15)) >>> 0) / 4_294_967_296;
  };
}
