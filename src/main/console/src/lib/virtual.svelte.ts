/**
 * A list that has elements only for the rows in sight, and a few around them.
 *
 * Its own, because what it does for a new row must not depend on how many rows there are, see [Heights]. Rows are
 * measured by the browser; before that, their height is an estimate. A row without height has no element.
 */

import { untrack } from 'svelte';
import { Heights } from './heights';

/** `auto` scrolls only as far as needed. */
export type Align = 'center' | 'auto';

export interface VirtualRow {
  index: number;
  /** Pixels from the top of the list. */
  start: number;
}

interface Command {
  index: number;
  align: Align;
  until: number;
}

/** Browsers limit the height of an element to about 33 million pixels. */
const MAX_HEIGHT = 25_000_000;

/** After a command to scroll to a row, changes of sizes repeat the command for this time. */
const SETTLING_MILLIS = 1000;

/** A scroll within this time of an input is one of the reader. */
const READER_MILLIS = 3000;

/** Distance from the end that still counts as the end. */
const END = 40;

export class VirtualRows {
  rows = $state.raw<readonly VirtualRow[]>([]);
  /** A row that stays in the page even if it is out of sight, such as the one with the focus. */
  kept: number | null = null;
  /** Whether the list stays at its end while it grows. */
  follows = false;
  /** Called when a reader scrolls away from the end, with a wheel, a key, a finger or the scroll bar. */
  onLeave: () => void = () => {};
  private touched = -Infinity;
  private readonly heights = new Heights();
  private readonly measuredElements = new Set<HTMLElement>();
  private readonly observer: ResizeObserver | undefined;
  private element: HTMLElement | null = null;
  private sizer: HTMLElement | null = null;
  private sizerHeight = -1;
  private viewport = 0;
  private offset = 0;
  private command: Command | null = null;

  /**
   * @param estimate height of a row that was not measured yet
   * @param overscan number of rows above and below those in sight
   * @param onRows called after rows, their number or their positions may have changed
   */
  constructor(
    private readonly estimate: (index: number) => number,
    private readonly overscan: number,
    private readonly onRows: (rows: readonly VirtualRow[]) => void = () => {},
    private readonly padding = 0,
  ) {
    this.observer = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver((entries) => this.measured(entries));
  }

  /** For `{@attach}` on the element that scrolls. Its first child gets the height of all rows. */
  readonly attach = (element: HTMLElement): (() => void) => untrack(() => this.attachTo(element));

  /** For `{@attach}` on each row whose height can differ from the estimate. It needs `data-index`. */
  readonly measure = (element: HTMLElement): (() => void) => {
    this.measuredElements.add(element);
    this.observer?.observe(element);
    return () => {
      this.measuredElements.delete(element);
      this.observer?.unobserve(element);
    };
  };

  setCount(count: number): void {
    if (count !== this.heights.count) {
      this.change(count, []);
    }
  }

  /**
   * Sets the number of rows and the heights of some, and keeps the first row in sight where it is.
   *
   * @param sizes a height, or null for a row that has to be measured
   */
  change(count: number, sizes: Iterable<[number, number | null]>): void {
    this.keepInPlace(() => {
      this.heights.setCount(count, (index) => this.estimated(index));
      for (const [index, size] of sizes) {
        if (size !== null) {
          this.heights.set(index, size);
        } else if (this.heights.of(index) === 0) {
          this.heights.set(index, this.estimated(index));
        }
      }
    });
  }

  /** Forgets all heights. The rows in the page are measured again: an observer says nothing of sizes that stay. */
  reset(count: number): void {
    for (const element of this.measuredElements) {
      this.observer?.unobserve(element);
      this.observer?.observe(element);
    }
    this.keepInPlace(() => {
      this.heights.setCount(count, () => 0);
      this.heights.setAll((index) => this.estimated(index));
    });
  }

  scrollTo(index: number, align: Align): void {
    this.follows = false;
    this.command = { index, align, until: performance.now() + SETTLING_MILLIS };
    this.update();
  }

  scrollToEnd(): void {
    this.command = null;
    this.jump(Infinity);
    this.update();
  }

  isAtEnd(): boolean {
    return this.maxOffset() - this.offset < END;
  }

  /** Whether no row has a height. */
  get isEmpty(): boolean {
    return this.heights.total === 0;
  }

  /** The first row from an index on that has a height; the number of rows if there is none. */
  rowFrom(index: number): number {
    return this.heights.at(this.heights.start(index));
  }

  firstInSight(): VirtualRow | undefined {
    const index = this.heights.at(Math.max(0, this.offset - this.padding));
    return index < this.heights.count ? { index, start: this.startOf(index) } : undefined;
  }

  private attachTo(element: HTMLElement): () => void {
    this.element = element;
    this.sizer = element.firstElementChild as HTMLElement;
    this.sizerHeight = -1;
    this.viewport = element.clientHeight;
    this.offset = element.scrollTop;
    const touch = () => {
      this.command = null;
      this.touched = performance.now();
    };
    const scrolled = () => {
      this.offset = element.scrollTop;
      this.leaveEnd();
      this.update();
    };
    const events = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;
    events.forEach((name) => element.addEventListener(name, touch, { passive: true }));
    element.addEventListener('scroll', scrolled, { passive: true });
    const resizes = new ResizeObserver(() => {
      this.viewport = element.clientHeight;
      this.update();
    });
    resizes.observe(element);
    this.update();
    return () => {
      events.forEach((name) => element.removeEventListener(name, touch));
      element.removeEventListener('scroll', scrolled);
      resizes.disconnect();
      this.observer?.disconnect();
      this.element = null;
      this.sizer = null;
    };
  }

  /** After each layout, for all rows that are new or have changed. */
  private measured(entries: readonly ResizeObserverEntry[]): void {
    this.keepInPlace(() => {
      for (const { target, borderBoxSize } of entries) {
        const index = Number((target as HTMLElement).dataset['index']);
        if (target.isConnected && borderBoxSize[0] !== undefined && this.heights.of(index) > 0) {
          this.heights.set(index, Math.max(1, Math.round(borderBoxSize[0].blockSize)));
        }
      }
    });
  }

  /** The command that still has to be repeated. */
  private get settling(): Command | null {
    if (this.command !== null && performance.now() > this.command.until) {
      this.command = null;
    }
    return this.command;
  }

  private keepInPlace(change: () => void): void {
    const anchor = this.firstInSight();
    change();
    if (anchor !== undefined && this.settling === null && !this.follows) {
      const moved = this.startOf(anchor.index) - anchor.start;
      if (moved !== 0) {
        this.jump(this.offset + moved);
      }
    }
    this.update();
  }

  private estimated(index: number): number {
    const most = Math.max(1, Math.floor(MAX_HEIGHT / Math.max(this.heights.count, this.heights.capacity)));
    return Math.min(this.estimate(index), most);
  }

  private startOf(index: number): number {
    return this.heights.start(index) + this.padding;
  }

  private maxOffset(): number {
    return Math.max(0, this.heights.total + 4 * this.padding - this.viewport);
  }

  /** Not tracked: an effect that scrolls would run again when a reader scrolls. */
  private update(): void {
    untrack(() => this.updateRows());
  }

  private updateRows(): void {
    this.fitSizer();
    if (this.follows) {
      this.jump(Infinity);
    } else if (this.settling !== null) {
      this.repeat(this.settling);
    }
    const rows = this.element === null ? [] : this.inSight();
    const isSame = rows.length === this.rows.length && rows.every((row, at) => row.index === this.rows[at]?.index && row.start === this.rows[at].start);
    if (!isSame) {
      this.rows = rows;
    }
    this.onRows(this.rows);
  }

  private inSight(): VirtualRow[] {
    const { heights } = this;
    const top = this.offset - this.padding;
    const bottom = top + this.viewport;
    let first = heights.at(Math.max(0, top));
    for (let n = 0; n < this.overscan; n++) {
      first = Math.max(0, heights.before(first));
    }
    const rows: VirtualRow[] = [];
    let below = 0;
    let start = heights.start(first);
    for (let index = heights.at(start); index < heights.count && below < this.overscan; index = heights.at(start)) {
      rows.push({ index, start: start + this.padding });
      below += start >= bottom ? 1 : 0;
      start += heights.of(index);
    }
    const kept = this.kept;
    if (kept !== null && heights.of(kept) > 0 && !rows.some((row) => row.index === kept)) {
      rows.push({ index: kept, start: this.startOf(kept) });
      rows.sort((one, other) => one.index - other.index);
    }
    return rows;
  }

  private leaveEnd(): void {
    const isOfReader = performance.now() - this.touched < READER_MILLIS;
    if (this.follows && isOfReader && !this.isAtEnd()) {
      this.follows = false;
      this.onLeave();
    }
  }

  /** Of a row that is higher than the list, the beginning is shown. */
  private repeat({ index, align }: Command): void {
    const start = this.startOf(index);
    const rest = this.heights.of(index) - this.viewport;
    const at = align === 'center' ? start + rest / 2 : Math.max(start + rest, this.offset);
    this.jump(Math.min(start, at));
  }

  /** Scrolls at once. The list has to know the offset before the browser reports it in its next frame. */
  private jump(offset: number): void {
    if (this.element !== null) {
      this.fitSizer();
      const allowed = Math.round(Math.max(0, Math.min(offset, this.maxOffset())));
      if (allowed !== Math.round(this.offset)) {
        this.element.scrollTop = allowed;
        this.offset = allowed;
      }
    }
  }

  /** Not by Svelte, which would change the height later: the browser refuses to scroll below the end. */
  private fitSizer(): void {
    const height = this.heights.total + 4 * this.padding;
    if (this.sizer !== null && height !== this.sizerHeight) {
      this.sizer.style.height = `${height}px`;
      this.sizerHeight = height;
    }
  }
}
