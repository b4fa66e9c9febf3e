import { describe, expect, test } from 'vitest';
import { MAX_LENGTH, MAX_PAGES, PAGE, Pages } from '../src/transcript/pages';

const nothing = () => true;
const something = () => false;

/** Loads pages one after another, each in sight alone. */
function loaded(count: number, length = 1): Pages {
  const pages = new Pages();
  for (let number = 0; number < count; number++) {
    pages.changeSight();
    pages.set(number, 'loaded').length = length;
  }
  pages.changeSight();
  return pages;
}

describe('pages of a history', () => {
  test('are dropped when they are too many, those out of sight for the longest time first', () => {
    const pages = loaded(MAX_PAGES + 2);
    const first = pages.get(0);
    expect(first).toBeDefined();
    pages.use(first!);
    expect(pages.evict(99, something)).toEqual([1, 2]);
    expect([0, 1, 2, 3].map((number) => pages.get(number)?.state)).toEqual(['loaded', undefined, undefined, 'loaded']);
  });

  test('are dropped when they are too large, even if they are few', () => {
    expect(loaded(3, MAX_LENGTH / 2).evict(99, something)).toEqual([0]);
    expect(loaded(3, MAX_LENGTH / 3).evict(99, something)).toEqual([]);
  });

  test('stay while they are in sight, are loading, or get new items', () => {
    const pages = loaded(3, MAX_LENGTH);
    pages.use(pages.get(0)!);
    pages.set(1, 'loading');
    expect(pages.evict(2, something)).toEqual([]);
  });

  test('that show nothing are remembered, so that they are not loaded again', () => {
    const pages = loaded(MAX_PAGES + 1);
    expect(pages.evict(99, nothing)).toEqual([0]);
    expect(pages.isHidden(PAGE - 1)).toBe(true);
    expect(pages.isRead(PAGE - 1)).toBe(true);
    expect(pages.evict(99, nothing)).toEqual([]);
  });

  test('that show nothing are forgotten when the filters change', () => {
    const pages = loaded(MAX_PAGES + 1);
    pages.evict(99, nothing);
    pages.forget('hidden');
    expect(pages.get(0)).toBeUndefined();
    expect(pages.isRead(0)).toBe(false);
    expect(pages.get(1)?.state).toBe('loaded');
  });

  test('of a long history that shows nothing are each loaded once', () => {
    const pages = new Pages();
    let loads = 0;
    // All rows have no height, so the list asks for every page that it does not know.
    for (let isKnown = false; !isKnown; ) {
      isKnown = true;
      pages.changeSight();
      for (let number = 0; number < 4 * MAX_PAGES; number++) {
        if (pages.get(number) === undefined) {
          expect(++loads).toBeLessThanOrEqual(4 * MAX_PAGES);
          isKnown = false;
          pages.set(number, 'loaded').length = 1;
        }
      }
      pages.changeSight();
      pages.evict(4 * MAX_PAGES - 1, nothing);
    }
    expect(pages.numbers('loaded')).toHaveLength(MAX_PAGES);
  });

  test('that have failed are not forgotten by themselves', () => {
    const pages = loaded(1);
    pages.set(1, 'failed');
    pages.changeSight();
    pages.evict(99, something);
    expect(pages.get(1)?.state).toBe('failed');
    expect(pages.isRead(PAGE)).toBe(false);
    pages.forget('failed');
    expect(pages.get(1)).toBeUndefined();
  });
});
