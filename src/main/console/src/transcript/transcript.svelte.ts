/**
 * The history of one thread, of which only the part around the reader is in memory.
 *
 * Items and gaps together have every ordinal from 0, so the ordinal is the index of a row, and any part of a history
 * can be loaded by itself. Rows that show nothing, because a filter hides them or because another row shows their
 * item, have no height.
 */

import { get, messageOf, url, type Gap, type StoredItem, type Thread } from '../api/client';
import { openStream, type ServerEvent, type StreamState } from '../api/events';
import { VirtualRows, type Align } from '../lib/virtual.svelte';
import { Blocks, categoryOf, type Block } from './blocks';
import type { Category } from './entry';

const PAGE = 100;
const MAX_PAGES = 30;
/** Characters of JSON. */
const MAX_LENGTH = 12_000_000;
const ESTIMATE = 44;
const OVERSCAN = 6;
const PADDING = 10;

interface Page {
  state: 'loading' | 'loaded' | 'failed';
  length: number;
  used: number;
}

export type Row =
  | { kind: 'block'; ordinal: number; start: number; block: Block }
  | { kind: 'gap'; ordinal: number; start: number; gap: Gap }
  | { kind: 'inherited'; ordinal: number; start: number; last: number }
  | { kind: 'loading'; ordinal: number; start: number };

export class Transcript {
  count = $state(0);
  rows = $state.raw<readonly Row[]>([]);
  stream = $state<StreamState>('connecting');
  failure = $state('');
  /** Ordinals that arrived while the reader was elsewhere. */
  arrived = $state(0);
  follows = $state(false);
  isLoading = $state(false);
  readonly list: VirtualRows;
  private readonly blocks = new Blocks();
  private readonly pages = new Map<number, Page>();
  private shown: ReadonlySet<Category>;
  /** The first ordinals of a fork of Codex are items of its parent, which the fork does not have: up to this one. */
  private inherited = 0;
  /** Shown whatever the filters are: the item that the address names. */
  private named: number | null = null;
  private clock = 0;
  private pending: ServerEvent[] = [];
  private frame = 0;
  private closeStream: () => void = () => {};
  private closed = false;

  /**
   * @param onChange called with events that change the thread itself, or its turns
   */
  constructor(
    readonly threadId: string,
    shown: ReadonlySet<Category>,
    private readonly onChange: (event: ServerEvent) => void,
  ) {
    this.shown = shown;
    this.list = new VirtualRows(
      (ordinal) => (this.isInsideGap(ordinal) ? 0 : ESTIMATE),
      OVERSCAN,
      () => this.inSight(),
      (ordinal) => this.nextRow(ordinal),
      PADDING,
    );
    this.list.onLeave = () => this.setFollow(false);
  }

  /** Shows the end of the history, or an item, and follows the thread from there. */
  async open(thread: Thread, ordinal: number | undefined): Promise<void> {
    this.count = thread.nextOrdinal;
    this.list.setCount(this.count);
    this.closeStream = openStream({
      address: (after) => url(`/v1/threads/${this.threadId}/events`, { after: after ?? this.count - 1 }),
      onEvents: (events) => this.enqueue(events),
      onState: (state) => {
        this.stream = state;
      },
    });
    await (ordinal === undefined ? this.goToEnd() : this.goTo(ordinal));
  }

  close(): void {
    this.closed = true;
    this.closeStream();
    cancelAnimationFrame(this.frame);
  }

  async goToEnd(): Promise<void> {
    await this.load(this.count - 20, this.count - 1);
    this.setFollow(true);
  }

  setFollow(follows: boolean): void {
    this.follows = follows;
    this.list.follows = follows;
    if (follows) {
      this.arrived = 0;
      this.list.scrollToEnd();
    }
  }

  /** Shows an item, whatever the filters are, and returns the ordinal of the row that shows it. */
  async goTo(ordinal: number, align: Align = 'center'): Promise<number> {
    this.setFollow(false);
    const wanted = Math.max(0, Math.min(ordinal, this.count - 1));
    await this.load(wanted - 15, wanted + 15);
    const row = this.rowOf(wanted);
    this.name(row);
    this.list.scrollTo(row, align);
    return row;
  }

  show(categories: ReadonlySet<Category>): void {
    this.shown = categories;
    this.measure(this.loadedOrdinals());
  }

  /** The row that shows an ordinal. */
  rowOf(ordinal: number): number {
    return ordinal < this.inherited ? 0 : (this.blocks.at(ordinal)?.anchor ?? this.blocks.gapAt(ordinal)?.firstOrdinal ?? ordinal);
  }

  /** Scrolls to a row only as far as needed. */
  goToRow(row: number): number {
    this.setFollow(false);
    this.list.scrollTo(row, 'auto');
    return row;
  }

  /** Ordinal of the first row in sight. */
  get top(): number {
    return this.list.firstInSight()?.index ?? 0;
  }

  /** The next row in a direction that is shown, or null at the end. Loads the history as far as needed. */
  async neighbour(ordinal: number, step: 1 | -1, wanted?: (block: Block) => boolean): Promise<number | null> {
    for (let next = ordinal + step; next >= 0 && next < this.count; next += step) {
      if (!this.isKnown(next)) {
        await this.load(next, next);
        if (!this.isLoaded(next)) {
          return null;
        }
      }
      const block = this.blocks.at(next);
      if (this.isShown(next) && (wanted === undefined || (block !== undefined && wanted(block)))) {
        return next;
      }
      if (this.isInsideGap(next) && next >= this.inherited) {
        const gap = this.blocks.gapAt(next);
        next = step > 0 ? (gap?.lastOrdinal ?? next) : (gap?.firstOrdinal ?? next) + 1;
      }
    }
    return null;
  }

  /** Ordinal of the shown row before a row; -1 if there is none in memory. */
  previousRow(row: number): number {
    let previous = row - 1;
    while (previous >= 0 && this.isKnown(previous) && !this.isShown(previous)) {
      previous--;
    }
    return previous;
  }

  private isKnown(ordinal: number): boolean {
    return ordinal < this.inherited || this.blocks.has(ordinal) || this.blocks.gapAt(ordinal) !== undefined;
  }

  /** Puts the whole item in place of its preview. */
  async loadWhole(ordinal: number): Promise<StoredItem> {
    const item = await this.whole(ordinal);
    this.measure(this.blocks.add(item));
    return item;
  }

  whole(ordinal: number): Promise<StoredItem> {
    return get('/v1/threads/{threadId}/items/{ordinal}', { path: { threadId: this.threadId, ordinal } });
  }

  private name(ordinal: number): void {
    const before = this.named;
    this.named = ordinal;
    this.measure(before === null ? [ordinal] : [before, ordinal]);
  }

  private isShown(ordinal: number): boolean {
    const block = this.blocks.at(ordinal);
    if (ordinal < this.inherited) {
      return ordinal === 0;
    }
    if (block !== undefined) {
      return block.anchor === ordinal && (this.shown.has(categoryOf(block)) || ordinal === this.named);
    }
    const gap = this.blocks.gapAt(ordinal);
    return gap === undefined ? !this.isLoaded(ordinal) : gap.firstOrdinal === ordinal;
  }

  /** The first ordinal from here on that can have a row. A gap can be a million ordinals. */
  private nextRow(ordinal: number): number {
    let next = ordinal;
    while (next < this.count) {
      if (this.isInsideGap(next)) {
        next = next < this.inherited ? this.inherited : (this.blocks.gapAt(next)?.lastOrdinal ?? next) + 1;
      } else if (this.isShown(next)) {
        return next;
      } else {
        next++;
      }
    }
    return next;
  }

  private isInsideGap(ordinal: number): boolean {
    if (ordinal < this.inherited) {
      return ordinal > 0;
    }
    if (!this.blocks.hasGaps) {
      return false;
    }
    const gap = this.blocks.has(ordinal) ? undefined : this.blocks.gapAt(ordinal);
    return gap !== undefined && gap.firstOrdinal !== ordinal;
  }

  private isLoaded(ordinal: number): boolean {
    return this.pages.get(Math.floor(ordinal / PAGE))?.state === 'loaded';
  }

  private *loadedOrdinals(): Iterable<number> {
    for (const page of this.pages.keys()) {
      for (let ordinal = page * PAGE; ordinal < Math.min((page + 1) * PAGE, this.count); ordinal++) {
        yield ordinal;
      }
    }
  }

  /** Rows that show nothing get no height; others are measured. */
  private measure(ordinals: Iterable<number>): void {
    const sizes: [number, number | null][] = [];
    for (const ordinal of ordinals) {
      sizes.push([ordinal, this.isShown(ordinal) ? null : 0]);
    }
    this.list.resize(sizes);
    this.build();
  }

  private inSight(): void {
    this.clock++;
    for (const { index } of this.list.rows) {
      const number = Math.floor(index / PAGE);
      const page = this.pages.get(number);
      if (page !== undefined) {
        page.used = this.clock;
      } else if (!this.blocks.has(index)) {
        void this.loadPage(number);
      }
    }
    this.build();
  }

  private build(): void {
    const rows: Row[] = [];
    for (const { index: ordinal, start } of this.list.rows) {
      if (!this.isShown(ordinal)) {
        continue;
      }
      const block = this.blocks.at(ordinal);
      const gap = block === undefined ? this.blocks.gapAt(ordinal) : undefined;
      if (block !== undefined) {
        rows.push({ kind: 'block', ordinal, start, block });
      } else if (gap !== undefined) {
        rows.push({ kind: 'gap', ordinal, start, gap });
      } else if (ordinal < this.inherited) {
        rows.push({ kind: 'inherited', ordinal, start, last: this.inherited - 1 });
      } else {
        rows.push({ kind: 'loading', ordinal, start });
      }
    }
    this.rows = rows;
  }

  private async load(first: number, last: number): Promise<void> {
    const loads: Promise<void>[] = [];
    const low = Math.floor(Math.max(first, 0) / PAGE);
    const high = Math.floor(Math.min(last, this.count - 1) / PAGE);
    for (let page = low; page <= high; page++) {
      if (this.pages.get(page)?.state !== 'loaded') {
        loads.push(this.loadPage(page));
      }
    }
    await Promise.all(loads);
  }

  private async loadPage(number: number): Promise<void> {
    const page: Page = { state: 'loading', length: 0, used: ++this.clock };
    this.pages.set(number, page);
    this.isLoading = true;
    const last = Math.min((number + 1) * PAGE, this.count) - 1;
    let after = number * PAGE - 1;
    try {
      while (after < last && !this.closed) {
        const read = await get('/v1/threads/{threadId}/items', {
          path: { threadId: this.threadId },
          query: { after, limit: last - after, payload: 'preview' },
        });
        this.blocks.setGaps(read.gaps);
        const first = Math.min(read.data[0]?.ordinal ?? this.count, read.gaps[0]?.firstOrdinal ?? this.count);
        if (first > after + 1) {
          this.inherited = Math.max(this.inherited, first);
        }
        for (const item of read.data) {
          if (item.ordinal < (number + 1) * PAGE) {
            this.blocks.add(item);
          }
        }
        page.length += read.data.length * 1000;
        if (read.nextCursor === null) {
          break;
        }
        after = Number(read.nextCursor);
      }
      page.state = 'loaded';
      this.failure = '';
    } catch (failure) {
      this.failure = messageOf(failure);
      page.state = 'failed';
      this.pages.delete(number);
    }
    this.isLoading = [...this.pages.values()].some((other) => other.state === 'loading');
    this.evict();
    // Blocks of this page can have taken in entries of others, and the other way round.
    this.measure(this.loadedOrdinals());
  }

  /** Drops the pages that were out of sight for the longest time. */
  private evict(): void {
    const total = () => [...this.pages.values()].reduce((sum, page) => sum + page.length, 0);
    while (this.pages.size > MAX_PAGES || (this.pages.size > 4 && total() > MAX_LENGTH)) {
      const oldest = [...this.pages]
        .filter(([, page]) => page.state === 'loaded')
        .sort(([, one], [, other]) => one.used - other.used)[0];
      if (oldest === undefined) {
        return;
      }
      const [number] = oldest;
      this.pages.delete(number);
      for (let ordinal = number * PAGE; ordinal < (number + 1) * PAGE; ordinal++) {
        this.blocks.remove(ordinal);
      }
    }
  }

  /** Events are applied once for each frame of the browser, because thousands can arrive in a second. */
  private enqueue(events: ServerEvent[]): void {
    this.pending.push(...events);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const all = this.pending;
      this.pending = [];
      this.apply(all);
    });
  }

  private apply(events: readonly ServerEvent[]): void {
    const before = this.count;
    const changed: number[] = [];
    for (const event of events) {
      switch (event.name) {
        case 'item/appended':
          this.appended(JSON.parse(event.data) as Appended, event.data.length, changed);
          break;
        case 'gap':
        case 'persistence/skipped':
          this.skipped(JSON.parse(event.data) as Skipped, changed);
          break;
        case 'persistence/repaired':
          this.repaired(JSON.parse(event.data) as Skipped);
          break;
        case 'thread/reverted':
          this.reset();
          break;
      }
      if (event.name !== 'item/appended') {
        this.onChange(event);
      }
    }
    this.list.setCount(this.count);
    this.evict();
    this.measure(changed);
    if (!this.follows) {
      this.arrived += Math.max(0, this.count - before);
    }
  }

  private appended(event: Appended, length: number, changed: number[]): void {
    this.count = Math.max(this.count, event.ordinal + 1);
    if (!event.persisted) {
      return;
    }
    const number = Math.floor(event.ordinal / PAGE);
    if (event.ordinal === number * PAGE && !this.pages.has(number)) {
      this.pages.set(number, { state: 'loaded', length: 0, used: this.clock });
    }
    const page = this.pages.get(number);
    if (page !== undefined) {
      page.length += length;
      changed.push(...this.blocks.add({ ...event.item, ordinal: event.ordinal }));
    }
  }

  private skipped(event: Skipped, changed: number[]): void {
    this.count = Math.max(this.count, event.lastOrdinal + 1);
    this.blocks.setGaps([
      {
        id: event.gapId ?? '',
        threadId: this.threadId,
        turnId: event.turnId ?? null,
        firstOrdinal: event.firstOrdinal,
        lastOrdinal: event.lastOrdinal,
        reason: event.reason ?? 'unknown',
        pending: event.pending ?? false,
        recordedAt: event.at ?? '',
      },
    ]);
    // A subscriber gets skipped items, too. They are not in the history, so the gap is shown instead.
    for (const ordinal of this.loadedOrdinals()) {
      if (ordinal >= event.firstOrdinal && ordinal <= event.lastOrdinal) {
        changed.push(...this.blocks.remove(ordinal), ordinal);
      }
    }
  }

  private repaired(event: Skipped): void {
    this.blocks.removeGap(event.gapId ?? '');
    for (let page = Math.floor(event.firstOrdinal / PAGE); page <= Math.floor(event.lastOrdinal / PAGE); page++) {
      if (this.pages.has(page)) {
        void this.loadPage(page);
      }
    }
  }

  /** The items behind an ordinal were replaced: nothing that is loaded can be trusted. */
  private reset(): void {
    for (const number of [...this.pages.keys()]) {
      this.pages.delete(number);
      for (let ordinal = number * PAGE; ordinal < (number + 1) * PAGE; ordinal++) {
        this.blocks.remove(ordinal);
      }
    }
    void get('/v1/threads/{threadId}', { path: { threadId: this.threadId } }).then((thread) => {
      this.count = thread.nextOrdinal;
      this.list.setCount(this.count);
      this.inSight();
    });
  }
}

interface Appended {
  ordinal: number;
  persisted: boolean;
  item: StoredItem;
}

interface Skipped {
  firstOrdinal: number;
  lastOrdinal: number;
  gapId?: string | null;
  turnId?: string | null;
  reason?: Gap['reason'] | null;
  pending?: boolean;
  at?: string;
}
