import { describe, expect, test } from 'vitest';
import { Heights } from '../src/lib/heights';

/** The same as a plain array, in which everything is counted anew. */
class Counted {
  heights: number[] = [];

  start(index: number): number {
    return this.heights.slice(0, index).reduce((sum, height) => sum + height, 0);
  }

  at(position: number): number {
    let end = 0;
    const found = this.heights.findIndex((height) => (end += height) > position);
    return found < 0 ? this.heights.length : found;
  }
}

/** Numbers that look random and are the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('heights of rows', () => {
  test('have the positions of a plain sum, whatever changes', () => {
    const next = numbers(7);
    const heights = new Heights();
    const counted = new Counted();
    for (let change = 0; change < 400; change++) {
      if (next(4) === 0) {
        const count = next(300);
        heights.setCount(count, (index) => index % 5);
        counted.heights = Array.from({ length: count }, (_, index) => counted.heights[index] ?? index % 5);
      } else if (counted.heights.length > 0) {
        const index = next(counted.heights.length);
        const height = next(3) * next(90);
        heights.set(index, height);
        counted.heights[index] = height;
      }
      const length = counted.heights.length;
      expect(heights.total).toBe(counted.start(length));
      for (const index of [0, next(length + 1), length]) {
        expect(heights.start(index)).toBe(counted.start(index));
      }
      for (const position of [0, next(heights.total + 2), heights.total - 1, heights.total].filter((one) => one >= 0)) {
        expect(heights.at(position)).toBe(counted.at(position));
      }
    }
  });

  test('lead from row to row past those without height', () => {
    const heights = new Heights();
    heights.setCount(1_000_000, (index) => (index % 100_000 === 7 ? 20 : 0));
    expect([0, 19, 20].map((position) => heights.at(position))).toEqual([7, 7, 100_007]);
    expect([900_007, 100_007, 7].map((index) => heights.before(index))).toEqual([800_007, 7, -1]);
    expect(heights.at(heights.start(900_008))).toBe(1_000_000);
  });

  test('of rows that were removed do not come back', () => {
    const heights = new Heights();
    heights.setCount(10, () => 5);
    heights.setCount(2, () => 5);
    heights.setCount(4, () => 1);
    expect([heights.total, heights.start(3)]).toEqual([12, 11]);
  });

  test('can all be set', () => {
    const heights = new Heights();
    heights.setCount(100, () => 5);
    heights.setAll((index) => index);
    expect([heights.total, heights.at(2)]).toEqual([4950, 2]);
  });
});
