/** A virtual list for Svelte: `@tanstack/virtual-core`, whose rows are state of the page. */

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type Range,
  type VirtualItem,
} from '@tanstack/virtual-core';
import { untrack } from 'svelte';

export type Align = 'start' | 'center' | 'end' | 'auto';

/** Browsers limit the height of an element to about 33 million pixels. */
const MAX_HEIGHT = 25_000_000;

/** After a command to scroll to a row, changes of sizes repeat the command for this time. */
const SETTLING_MILLIS = 1000;

/** A scroll within this time of an input is one of the reader. */
const READER_MILLIS = 3000;

/** Distance from the end that still counts as the end. */
const END = 40;

export class VirtualRows {
  rows = $state.raw<readonly VirtualItem[]>([]);
  /** A row that stays in the page even if it is out of sight, such as the one with the focus. */
  kept: number | null = null;
  /** Whether the list stays at its end while it grows. */
  follows = false;
  /** Called when a reader scrolls away from the end, with a wheel, a key, a finger or the scroll bar. */
  onLeave: () => void = () => {};
  private touched = -Infinity;
  private readonly virtualizer: Virtualizer<HTMLElement, HTMLElement>;
  private element: HTMLElement | null = null;
  private sizer: HTMLElement | null = null;
  private count = 0;
  private command: { index: number; align: Align; until: number } | null = null;

  /**
   * @param estimate height of a row that was not measured yet
   * @param onRows called after the rows in sight have changed
   * @param next the index itself, or the next index if this row and those between show nothing
   */
  constructor(
    private readonly estimate: (index: number) => number,
    private readonly overscan: number,
    private readonly onRows: (rows: readonly VirtualItem[]) => void = () => {},
    private readonly next: (index: number) => number = (index) => index,
    private readonly padding = 0,
  ) {
    this.virtualizer = new Virtualizer(this.options());
  }

  /** For `{@attach}` on the element that scrolls. Its first child gets the height of all rows. */
  readonly attach = (element: HTMLElement): (() => void) => untrack(() => this.attachTo(element));

  /** For `{@attach}` on each row, which needs `data-index`. */
  readonly measure = (element: HTMLElement): (() => void) => {
    untrack(() => this.virtualizer.measureElement(element));
    return () => this.virtualizer.measureElement(null);
  };

  setCount(count: number): void {
    if (count !== this.count) {
      this.count = count;
      this.virtualizer.setOptions(this.options());
      this.update();
    }
  }

  /**
   * Sets the sizes of many rows at once, and keeps the first row in sight where it is.
   *
   * @param sizes a size, or null for a row that has to be measured
   */
  resize(sizes: Iterable<[number, number | null]>): void {
    const anchor = this.firstInSight();
    for (const [index, size] of sizes) {
      if (size !== null) {
        this.virtualizer.itemSizeCache.set(index, size);
      } else if (this.virtualizer.itemSizeCache.get(index) === 0) {
        this.virtualizer.itemSizeCache.delete(index);
      }
    }
    // A new function for the keys, so that all positions are computed again, once.
    this.virtualizer.setOptions(this.options());
    this.fitSizer();
    const moved = anchor === undefined ? 0 : (this.virtualizer.measurementsCache[anchor.index]?.start ?? 0) - anchor.start;
    if (this.command === null && !this.follows && moved !== 0) {
      this.jump((this.virtualizer.scrollOffset ?? 0) + moved);
    }
    this.update();
  }

  scrollTo(index: number, align: Align): void {
    this.follows = false;
    this.command = { index, align, until: performance.now() + SETTLING_MILLIS };
    this.virtualizer.scrollToIndex(index, { align });
  }

  scrollToEnd(): void {
    this.command = null;
    this.fitSizer();
    this.jump(Number.MAX_SAFE_INTEGER);
    this.update();
  }

  isAtEnd(): boolean {
    const { scrollOffset, scrollRect } = this.virtualizer;
    return this.virtualizer.getTotalSize() - (scrollOffset ?? 0) - (scrollRect?.height ?? 0) < END;
  }

  firstInSight(): VirtualItem | undefined {
    return this.count === 0 ? undefined : this.virtualizer.getVirtualItemForOffset(this.virtualizer.scrollOffset ?? 0);
  }

  private attachTo(element: HTMLElement): () => void {
    this.element = element;
    this.sizer = element.firstElementChild as HTMLElement;
    const touch = () => {
      this.command = null;
      this.touched = performance.now();
    };
    const leave = () => this.leaveEnd(element);
    const events = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;
    events.forEach((name) => element.addEventListener(name, touch, { passive: true }));
    // Before the listener of the virtualizer, which leads back to the end.
    element.addEventListener('scroll', leave, { passive: true });
    const unmount = this.virtualizer._didMount();
    this.virtualizer._willUpdate();
    this.update();
    return () => {
      events.forEach((name) => element.removeEventListener(name, touch));
      element.removeEventListener('scroll', leave);
      unmount();
      this.element = null;
      this.sizer = null;
    };
  }

  private options() {
    const most = MAX_HEIGHT / Math.max(this.count, 1);
    return {
      count: this.count,
      getScrollElement: () => this.element,
      estimateSize: (index: number) => Math.min(this.estimate(index), most),
      overscan: this.overscan,
      paddingStart: this.padding,
      paddingEnd: this.padding * 3,
      getItemKey: (index: number) => index,
      rangeExtractor: (range: Range) => this.indexes(range),
      measureElement: (element: HTMLElement, entry: ResizeObserverEntry | undefined) => this.sizeOf(element, entry),
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.update(),
    };
  }

  /** Only from the observer, which reports all new rows after one layout. */
  private sizeOf(element: HTMLElement, entry: ResizeObserverEntry | undefined): number {
    const box = entry?.borderBoxSize[0];
    if (box !== undefined) {
      return Math.round(box.blockSize);
    }
    const index = this.virtualizer.indexFromElement(element);
    return this.virtualizer.itemSizeCache.get(index) ?? this.estimate(index);
  }

  private indexes(range: Range): number[] {
    const first = Math.max(range.startIndex - this.overscan, 0);
    const last = Math.min(range.endIndex + this.overscan, range.count - 1);
    const indexes: number[] = [];
    for (let index = this.next(first); index <= last; index = this.next(index + 1)) {
      indexes.push(index);
    }
    const kept = this.kept;
    if (kept !== null && kept < range.count && !indexes.includes(kept)) {
      indexes.push(kept);
      indexes.sort((one, other) => one - other);
    }
    return indexes;
  }

  private update(): void {
    this.fitSizer();
    if (this.follows) {
      this.jump(Number.MAX_SAFE_INTEGER);
    } else if (this.command !== null) {
      this.repeatCommand();
    }
    const rows = this.virtualizer.getVirtualItems();
    if (rows !== this.rows) {
      this.rows = rows;
      this.onRows(rows);
    }
  }

  private leaveEnd(element: HTMLElement): void {
    const isOfReader = performance.now() - this.touched < READER_MILLIS;
    if (this.follows && isOfReader && element.scrollHeight - element.scrollTop - element.clientHeight > END) {
      this.follows = false;
      this.onLeave();
    }
  }

  private repeatCommand(): void {
    const command = this.command;
    if (command === null || performance.now() > command.until) {
      this.command = null;
      return;
    }
    const offset = this.virtualizer.getOffsetForIndex(command.index, command.align)?.[0];
    if (offset !== undefined && Math.abs(offset - (this.virtualizer.scrollOffset ?? 0)) > 1) {
      this.jump(offset);
    }
  }

  /** Scrolls at once. The list has to know the offset before the browser reports it in its next frame. */
  private jump(offset: number): void {
    const element = this.element;
    if (element !== null) {
      const allowed = Math.max(0, Math.min(offset, element.scrollHeight - element.clientHeight));
      if (Math.abs(allowed - element.scrollTop) >= 1) {
        element.scrollTop = allowed;
        this.virtualizer.scrollOffset = element.scrollTop;
      }
    }
  }

  /** Not by Svelte, which would change the height later: the browser refuses to scroll below the end. */
  private fitSizer(): void {
    if (this.sizer !== null) {
      this.sizer.style.height = `${this.virtualizer.getTotalSize()}px`;
    }
  }
}
