import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { VirtualRows } from '../src/lib/virtual.svelte';

const VIEWPORT = 600;
const PADDING = 10;

/** The element that scrolls, without a browser that reports what was scrolled. */
class Scroller {
  readonly clientHeight = VIEWPORT;
  readonly firstElementChild = { style: {} };
  scrollTop = 0;
  private readonly listeners = new Map<string, () => void>();

  addEventListener(name: string, listener: () => void): void {
    this.listeners.set(name, listener);
  }

  removeEventListener(): void {}

  /** As a browser does in the frame after each change of the offset. */
  report(): void {
    this.listeners.get('scroll')?.();
  }
}

vi.stubGlobal(
  'ResizeObserver',
  class {
    observe(): void {}
    disconnect(): void {}
  },
);

function listOf(count: number, heights: [number, number][] = []): { list: VirtualRows; scroller: Scroller } {
  const list = new VirtualRows(() => 100, 2, undefined, PADDING);
  const scroller = new Scroller();
  list.attach(scroller as unknown as HTMLElement);
  list.change(count, heights);
  return { list, scroller };
}

describe('a command to scroll to a row', () => {
  test('shows as much of the row as needed, and is repeated without a change', () => {
    const { list, scroller } = listOf(100);
    const offsets = [2, 20, 19, 3].map((row) => {
      list.scrollTo(row, 'auto');
      return scroller.scrollTop;
    });
    const below = 21 * 100 + PADDING - VIEWPORT;
    expect(offsets).toEqual([0, below, below, 3 * 100 + PADDING]);
  });

  test('shows the beginning of a row that is higher than the list', () => {
    for (const from of [0, 50]) {
      for (const align of ['auto', 'center'] as const) {
        const { list, scroller } = listOf(100, [[20, 1500]]);
        list.scrollTo(from, 'center');
        list.scrollTo(20, align);
        for (let frame = 0; frame < 5; frame++) {
          expect(scroller.scrollTop).toBe(20 * 100 + PADDING);
          scroller.report();
        }
      }
    }
  });

  test('centers a row that fits', () => {
    const { list, scroller } = listOf(100);
    list.scrollTo(50, 'center');
    expect(scroller.scrollTop).toBe(50 * 100 + PADDING + 50 - VIEWPORT / 2);
  });
});

describe('a row above', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('does not move the list when it changes long after a command', () => {
    const { list, scroller } = listOf(100);
    list.scrollTo(50, 'center');
    const before = list.firstInSight();
    vi.advanceTimersByTime(2000);
    list.change(100, Array.from({ length: 40 }, (_, row) => [row, 0]));
    expect(scroller.scrollTop).toBe(50 * 100 + PADDING + 50 - VIEWPORT / 2 - 40 * 100);
    expect(list.firstInSight()?.index).toBe(before?.index);
  });
});
