/**
 * The history of one thread, of which only the part around the reader is in memory.
 *
 * Items and gaps together have every ordinal from 0, so the ordinal is the index of a row, and any part of a history
 * can be loaded by itself. Rows that show nothing, because a filter hides them or because another row shows their
 * item, have no height.
 */

import { get, messageOf, url, type Gap, type StoredItem, type Thread } from '../api/client';
import { openStream, type ServerEvent, type StreamState } from '../api/events';
import { Retry } from '../api/retry';
import { VirtualRows, type Align } from '../lib/virtual.svelte';
import { Blocks, categoryOf, type Block, type Range } from './blocks';
import type { Category } from './entry';
import { PAGE, Pages, type Page } from './pages';
import { isSameItem, previewOf } from './preview';
import { Wholes } from './wholes';

const ESTIMATE = 44;
const OVERSCAN = 6;
const PADDING = 10;
/** Events are applied for so long in one frame; the rest waits for the next one. */
const APPLY_MILLIS = 25;
/** While events wait, new rows are drawn this often: most of them would be out of sight again at once. */
const DRAW_MILLIS = 150;
/** With more events than this, the stream is not read on. The service ends it if that takes too long. */
const MAX_PENDING = 10_000;
/** Characters of all events that wait. */
const MAX_PENDING_LENGTH = 12_000_000;
/** The name of an event of the page itself: the state of the stream, in its place among the events. */
const STATE = 'state';

export type Row =
  | { kind: 'block'; ordinal: number; start: number; block: Block }
  | { kind: 'gap'; ordinal: number; start: number; gap: Gap }
  | { kind: 'inherited'; ordinal: number; start: number; last: number }
  | { kind: 'loading'; ordinal: number; start: number };

export interface TranscriptListener {
  /** An event has changed the thread itself, or its turns. */
  changed(event: ServerEvent): void;
  /** The thread was read again, after events were missed. */
  read(thread: Thread): void;
  /** Items were replaced: what is known of ordinals and turns is old. */
  reverted(): void;
}

/** What was in memory when a stream began after a pause. */
interface Known {
  count: number;
  newest: StoredItem | undefined;
}

export class Transcript {
  count = $state(0);
  rows = $state.raw<readonly Row[]>([]);
  stream = $state<StreamState>('connecting');
  failure = $state('');
  /** Ordinals that arrived while the reader was elsewhere. */
  arrived = $state(0);
  follows = $state(false);
  isLoading = $state(false);
  /** Number of items if the filters hide all of them, or 0. */
  hidden = $state(0);
  readonly list: VirtualRows;
  private readonly blocks = new Blocks();
  private readonly pages = new Pages();
  private shown: ReadonlySet<Category>;
  /** The first ordinals of a fork of Codex are items of its parent, which the fork does not have: up to this one. */
  private inherited = 0;
  /** Shown whatever the filters are: the item that the address names. */
  private named: number | null = null;
  /** Changes when items are replaced: what was asked for before that is old. */
  private version = 0;
  /** Whether there was no stream for a while. */
  private hasMissed = false;
  /** One for each such while since which the thread was not read again. */
  private unchecked: readonly Known[] = [];
  private readonly retry = new Retry(() => this.retryFailed());
  private pending: ServerEvent[] = [];
  private pendingLength = 0;
  private isApplying = false;
  /** Ordinals whose rows have to be drawn again. */
  private changed: number[] = [];
  private drawnAt = -Infinity;
  private frame = 0;
  private afterFrame: ReturnType<typeof setTimeout> | undefined;
  private onApplied: () => void = () => {};
  private readonly wholes = new Wholes();
  private closeStream: () => void = () => {};
  private closed = false;
  private wasLive = false;

  constructor(
    readonly threadId: string,
    shown: ReadonlySet<Category>,
    private readonly listener: TranscriptListener,
  ) {
    this.shown = shown;
    this.list = new VirtualRows(
      (ordinal) => (this.isInsideGap(ordinal) ? 0 : ESTIMATE),
      OVERSCAN,
      () => this.inSight(),
      PADDING,
    );
    this.list.onLeave = () => this.setFollow(false);
  }

  /** Follows the thread. [goTo] and [goToEnd] show a part of its history. */
  async open(thread: Thread): Promise<void> {
    const inherited = await this.readInherited(thread);
    // The reader can have left before the thread was read. Nobody would close the stream then.
    if (this.closed) {
      return;
    }
    this.inherited = inherited;
    this.count = thread.nextOrdinal;
    this.list.setCount(this.count);
    this.closeStream = openStream({
      address: (after) => url(`/v1/threads/${this.threadId}/events`, { after }),
      after: String(this.count - 1),
      onEvents: (events) => this.enqueue(events),
      onState: (state) => {
        this.stream = state;
        void this.enqueue([{ id: '', name: STATE, data: state }]);
      },
    });
  }

  close(): void {
    this.closed = true;
    this.closeStream();
    this.retry.stop();
    clearTimeout(this.afterFrame);
    cancelAnimationFrame(this.frame);
    this.onApplied();
  }

  /** Called after the events of the stream before, and before those of the next one. */
  private streamChanged(state: StreamState): void {
    if (state === 'live') {
      if (this.hasMissed) {
        this.hasMissed = false;
        this.unchecked = [...this.unchecked, { count: this.count, newest: this.newest() }];
      }
      this.retryFailed();
    } else if (state !== 'connecting' || this.wasLive) {
      this.hasMissed = true;
    }
    this.wasLive = state === 'live';
  }

  /** The last item in memory. */
  private newest(): StoredItem | undefined {
    for (const number of this.pages.numbers('loading', 'loaded', 'failed').sort((one, other) => other - one)) {
      const item = [...this.ordinalsOf(number)].map((ordinal) => this.blocks.itemAt(ordinal)).findLast((one) => one !== undefined);
      if (item !== undefined) {
        return item;
      }
    }
    return undefined;
  }

  /** A stream sends no repair, name, archive or revert again: after a pause, the thread and its gaps are read again. */
  private async readAgain(): Promise<void> {
    const { version, unchecked } = this;
    try {
      const thread = await this.readThread();
      const [inherited, gaps, ...reverted] = await Promise.all([
        this.readInherited(thread),
        this.readGaps(),
        ...unchecked.map((known) => this.wasReverted(thread, known)),
      ]);
      if (this.closed) {
        return;
      }
      if (version !== this.version) {
        this.retryFailed();
        return;
      }
      this.unchecked = this.unchecked.filter((known) => !unchecked.includes(known));
      if (reverted.includes(true)) {
        this.reset(thread.nextOrdinal);
      }
      const first = inherited === this.inherited ? this.count : 0;
      this.inherited = inherited;
      this.grow(thread.nextOrdinal);
      this.replaceGaps(gaps);
      this.measure(ordinals(first, this.count - 1));
      // Nothing says that what the filters hide after the last known item is still the same.
      this.forgetHidden(...unchecked.map(({ count, newest }) => ({ firstOrdinal: (newest?.ordinal ?? -1) + 1, lastOrdinal: count - 1 })));
      this.listener.read(thread);
      this.settle();
    } catch (failure) {
      if (!this.closed) {
        this.failed(failure);
      }
    }
  }

  /** A revert replaces or drops all items after some ordinal, so the last one that is known is not what it was. */
  private async wasReverted(thread: Thread, { count, newest }: Known): Promise<boolean> {
    if (thread.nextOrdinal < count || newest === undefined) {
      return thread.nextOrdinal < count;
    }
    const { data } = await get('/v1/threads/{threadId}/items', {
      path: { threadId: this.threadId },
      query: { after: newest.ordinal - 1, limit: 1, payload: 'preview' },
    });
    return data[0] === undefined || !isSameItem(data[0], newest);
  }

  private readThread(): Promise<Thread> {
    return get('/v1/threads/{threadId}', { path: { threadId: this.threadId } });
  }

  private async readGaps(): Promise<Gap[]> {
    const gaps: Gap[] = [];
    let cursor: string | null = null;
    do {
      const page: { data: Gap[]; nextCursor: string | null } = await get('/v1/threads/{threadId}/gaps', {
        path: { threadId: this.threadId },
        query: { limit: 100, ...(cursor !== null && { cursor: Number(cursor) }) },
      });
      gaps.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return gaps;
  }

  /** Only a copy begins after ordinal 0: everywhere else, missing ordinals are a gap. */
  private async readInherited(thread: Thread): Promise<number> {
    if (thread.nextOrdinal === 0 || (thread.forkedFromId === null && thread.parentThreadId === null)) {
      return 0;
    }
    const { data, gaps } = await get('/v1/threads/{threadId}/items', {
      path: { threadId: this.threadId },
      query: { after: -1, limit: 1, payload: 'preview' },
    });
    const first = data[0]?.ordinal;
    return first === undefined ? 0 : Math.min(first, gaps[0]?.firstOrdinal ?? first);
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
    this.pages.forget('hidden');
    this.measure(ordinals(0, this.count - 1));
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
        if (!this.pages.isRead(next)) {
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

  private isKnown(ordinal: number): boolean {
    return (
      ordinal < this.inherited ||
      this.blocks.has(ordinal) ||
      this.blocks.gapAt(ordinal) !== undefined ||
      this.pages.isHidden(ordinal)
    );
  }

  /** Puts the whole item in place of its preview. */
  async loadWhole(ordinal: number): Promise<StoredItem> {
    const { version } = this;
    const item = await this.whole(ordinal);
    const preview = this.blocks.itemAt(ordinal);
    // Otherwise it was dropped or replaced meanwhile.
    if (version === this.version && preview !== undefined && this.isInMemory(ordinal)) {
      this.wholes.add(preview, lengthOf(item));
      const changed = this.blocks.add(item);
      const isInSight = (one: number) => this.list.rows.some((row) => row.index === this.blocks.at(one)?.anchor);
      for (const old of this.wholes.evict(isInSight)) {
        if (this.isInMemory(old.ordinal)) {
          changed.push(...this.blocks.add(old));
        }
      }
      this.measure(changed);
    }
    return item;
  }

  /** The item as it is in memory: whole, or a preview. */
  itemAt(ordinal: number): StoredItem | undefined {
    return this.blocks.itemAt(ordinal);
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
    return gap === undefined ? !this.pages.isRead(ordinal) : gap.firstOrdinal === ordinal;
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

  private *loadedOrdinals(): Iterable<number> {
    for (const number of this.pages.numbers('loading', 'loaded', 'failed')) {
      yield* this.ordinalsOf(number);
    }
  }

  private ordinalsOf(number: number): Iterable<number> {
    return ordinals(number * PAGE, Math.min((number + 1) * PAGE, this.count) - 1);
  }

  /** Rows that show nothing get no height; others are measured. */
  private measure(changed: Iterable<number>): void {
    const sizes: [number, number | null][] = [];
    for (const ordinal of changed) {
      if (ordinal < this.count) {
        sizes.push([ordinal, this.isShown(ordinal) ? null : 0]);
      }
    }
    this.list.change(this.count, sizes);
  }

  private inSight(): void {
    this.pages.changeSight();
    for (const { index } of this.list.rows) {
      const number = Math.floor(index / PAGE);
      const page = this.pages.get(number);
      if (page !== undefined) {
        this.pages.use(page);
      } else if (!this.blocks.has(index)) {
        void this.loadPage(number);
      }
    }
    this.build();
  }

  /** A row that is the same as before stays the same object, so that nothing in it is computed or drawn again. */
  private build(): void {
    const before = new Map(this.rows.map((row) => [row.ordinal, row]));
    const rows: Row[] = [];
    for (const { index, start } of this.list.rows) {
      const row = this.isShown(index) ? this.rowAt(index, start) : undefined;
      if (row !== undefined) {
        const old = before.get(index);
        rows.push(old !== undefined && isSame(old, row) ? old : row);
      }
    }
    if (rows.length !== this.rows.length || rows.some((row, at) => row !== this.rows[at])) {
      this.rows = rows;
    }
    this.hidden = this.list.isEmpty ? this.count : 0;
  }

  private rowAt(ordinal: number, start: number): Row {
    const block = this.blocks.at(ordinal);
    const gap = block === undefined ? this.blocks.gapAt(ordinal) : undefined;
    if (block !== undefined) {
      return { kind: 'block', ordinal, start, block };
    } else if (ordinal < this.inherited) {
      return { kind: 'inherited', ordinal, start, last: this.inherited - 1 };
    } else if (gap !== undefined) {
      return { kind: 'gap', ordinal, start, gap };
    }
    return { kind: 'loading', ordinal, start };
  }

  private async load(first: number, last: number): Promise<void> {
    const loads: Promise<void>[] = [];
    const low = Math.floor(Math.max(first, 0) / PAGE);
    const high = Math.floor(Math.min(last, this.count - 1) / PAGE);
    for (let number = low; number <= high; number++) {
      const page = this.pages.get(number);
      if (page?.state !== 'loaded') {
        loads.push(page?.state === 'loading' && page.done !== undefined ? page.done : this.loadPage(number));
      }
    }
    await Promise.all(loads);
  }

  private loadPage(number: number): Promise<void> {
    const page = this.pages.set(number, 'loading');
    page.done = this.readPage(number, page);
    return page.done;
  }

  private async readPage(number: number, page: Page): Promise<void> {
    this.isLoading = true;
    const last = Math.min((number + 1) * PAGE, this.count) - 1;
    const ofGaps: number[] = [];
    let after = number * PAGE - 1;
    try {
      while (after < last) {
        const read = await get('/v1/threads/{threadId}/items', {
          path: { threadId: this.threadId },
          query: { after, limit: last - after, payload: 'preview' },
        });
        // Closed, or the items were replaced meanwhile: what was read is old.
        if (this.closed || this.pages.get(number) !== page) {
          return;
        }
        const through = read.nextCursor === null ? last : Math.min(Number(read.nextCursor), last);
        this.setGaps(read.gaps).forEach((ordinal) => ofGaps.push(ordinal));
        const items = read.data.filter((item) => item.ordinal <= last);
        for (const item of items) {
          this.blocks.add(item);
          page.length += lengthOf(item);
        }
        this.fillHoles(after + 1, through, new Set(items.map((item) => item.ordinal)));
        if (read.nextCursor === null) {
          break;
        }
        after = Math.max(through, after + 1);
      }
      page.state = 'loaded';
      this.settle();
    } catch (failure) {
      if (this.closed || this.pages.get(number) !== page) {
        return;
      }
      page.state = 'failed';
      this.failed(failure);
    }
    this.isLoading = this.pages.has('loading');
    this.evict();
    // Blocks of this page can have taken in entries of others, and the other way round. Gaps can begin or end elsewhere.
    this.measure([...this.loadedOrdinals(), ...ofGaps]);
  }

  /** Ordinals without an item are a gap, even if the service has no gap there. */
  private fillHoles(first: number, last: number, present: ReadonlySet<number>): void {
    let hole = -1;
    for (let ordinal = Math.max(first, this.inherited); ordinal <= last + 1; ordinal++) {
      const isMissing = ordinal <= last && !present.has(ordinal);
      if (isMissing) {
        this.blocks.remove(ordinal);
      }
      const isHole = isMissing && this.blocks.gapAt(ordinal) === undefined;
      if (isHole && hole < 0) {
        hole = ordinal;
      } else if (!isHole && hole >= 0) {
        this.blocks.setGaps([this.gap({ firstOrdinal: hole, lastOrdinal: ordinal - 1 })]);
        hole = -1;
      }
    }
  }

  /** What could not be read is left for a while: a service that refuses calls must not get more of them. */
  private failed(failure: unknown): void {
    this.failure = messageOf(failure);
    this.retry.later(failure);
  }

  private retryFailed(): void {
    this.retry.stop();
    if (this.pages.has('failed')) {
      this.pages.forget('failed');
      this.inSight();
    }
    if (this.isUnchecked) {
      void this.readAgain();
    }
    this.settle();
  }

  private get isUnchecked(): boolean {
    return this.unchecked.length > 0 && this.stream === 'live';
  }

  /** A failure is over when nothing is left of it to be read. */
  private settle(): void {
    if (!this.isUnchecked && !this.pages.has('failed') && !this.pages.has('loading')) {
      this.failure = '';
      this.retry.succeeded();
    }
  }

  /** Drops the pages that were out of sight for the longest time. A block stays as long as one of its pages does. */
  private evict(): void {
    const last = Math.floor((this.count - 1) / PAGE);
    const dropped = this.pages.evict(last, (number) => this.showsNothing(number));
    for (const ordinal of dropped.flatMap((number) => [...this.ordinalsOf(number)])) {
      const entries = this.blocks.at(ordinal)?.entries ?? [];
      if (!entries.some((entry) => this.isInMemory(entry.ordinal))) {
        this.wholes.forget(entries.map((entry) => entry.ordinal));
        entries.forEach((entry) => this.blocks.remove(entry.ordinal));
      }
    }
  }

  private isInMemory(ordinal: number): boolean {
    const state = this.pages.of(ordinal)?.state;
    return state !== undefined && state !== 'hidden';
  }

  private showsNothing(number: number): boolean {
    return [...this.ordinalsOf(number)].every((ordinal) => !this.blocks.has(ordinal) || !this.isShown(ordinal));
  }

  /**
   * Events are applied together, because thousands can arrive in a second.
   *
   * @returns once there is room for more
   */
  private enqueue(events: readonly ServerEvent[]): Promise<void> | undefined {
    for (const event of events) {
      this.pending.push(event);
      this.pendingLength += event.data.length;
    }
    this.applySoon();
    return this.isFull ? new Promise((applied) => (this.onApplied = applied)) : undefined;
  }

  private get isFull(): boolean {
    return this.pending.length >= MAX_PENDING || this.pendingLength >= MAX_PENDING_LENGTH;
  }

  private applySoon(): void {
    if (this.closed || this.isApplying || this.pending.length === 0) {
      return;
    }
    this.isApplying = true;
    this.frame = requestAnimationFrame(() => {
      const begin = performance.now();
      this.apply(begin + APPLY_MILLIS);
      if (this.pending.length === 0 || begin - this.drawnAt > DRAW_MILLIS) {
        this.drawnAt = begin;
        this.measure(this.changed.splice(0));
        // After that, the pages that were only passed on the way to the end are out of sight.
        this.evict();
      }
      // The first timer ends after the browser has drawn what was changed. The page rests for as long as that took, so
      // that it goes on to answer its reader.
      this.afterFrame = setTimeout(() => {
        this.afterFrame = setTimeout(() => {
          this.isApplying = false;
          this.applySoon();
        }, performance.now() - begin);
      });
    });
  }

  private apply(until: number): void {
    const { changed } = this;
    let skipped: Skipped[] = [];
    const applySkipped = () => {
      this.skipped(skipped, changed);
      skipped = [];
    };
    let next = 0;
    for (; next < this.pending.length && (next === 0 || performance.now() < until); next++) {
      const event = this.pending[next] as ServerEvent;
      switch (event.name) {
        case 'item/appended':
          this.appended(JSON.parse(event.data) as Appended, event.data.length, changed);
          break;
        case 'gap':
        case 'persistence/skipped':
          skipped.push(JSON.parse(event.data) as Skipped);
          break;
        case 'persistence/repaired':
          applySkipped();
          this.repaired(JSON.parse(event.data) as Skipped);
          break;
        case 'thread/reverted':
          // The stream ends now. With the next one, the thread is read again.
          skipped = [];
          this.reset((JSON.parse(event.data) as { lastOrdinal: number }).lastOrdinal + 1);
          break;
        case STATE:
          applySkipped();
          this.streamChanged(event.data as StreamState);
          break;
      }
      this.pendingLength -= event.data.length;
      if (event.name !== 'item/appended' && event.name !== STATE) {
        this.listener.changed(event);
      }
    }
    applySkipped();
    this.pending.splice(0, next);
    if (!this.isFull) {
      this.onApplied();
    }
  }

  private grow(count: number): void {
    if (count > this.count) {
      this.arrived += this.follows ? 0 : count - this.count;
      this.count = count;
    }
  }

  private appended(event: Appended, length: number, changed: number[]): void {
    this.grow(event.ordinal + 1);
    if (!event.persisted) {
      return;
    }
    const number = Math.floor(event.ordinal / PAGE);
    if (event.ordinal === number * PAGE && this.pages.get(number) === undefined) {
      this.pages.set(number, 'loaded');
    }
    const page = this.pages.get(number);
    if (page !== undefined && this.isInMemory(event.ordinal) && page.state !== 'failed') {
      const item = previewOf({ ...event.item, ordinal: event.ordinal }, length);
      page.length += 'truncated' in item ? lengthOf(item) : length;
      changed.push(...this.blocks.add(item));
    }
  }

  private skipped(events: readonly Skipped[], changed: number[]): void {
    for (const event of events) {
      this.grow(event.lastOrdinal + 1);
      changed.push(...this.dropInside(event));
    }
    this.setGaps(events.map((event) => this.gap(event))).forEach((ordinal) => changed.push(ordinal));
  }

  /** Returns the ordinals whose rows can have changed. */
  private setGaps(gaps: readonly Gap[]): number[] {
    return this.blocks.setGaps(gaps).flatMap((range) => [...ordinals(range.firstOrdinal, range.lastOrdinal)]);
  }

  private gap(of: Skipped): Gap {
    return {
      id: of.gapId ?? '',
      threadId: this.threadId,
      turnId: of.turnId ?? null,
      firstOrdinal: of.firstOrdinal,
      lastOrdinal: of.lastOrdinal,
      reason: of.reason ?? 'unknown',
      pending: of.pending ?? false,
      recordedAt: of.at ?? '',
    };
  }

  /** A subscriber gets skipped items, too. They are not in the history, so the gap is shown instead. */
  private dropInside(range: Range): number[] {
    const changed: number[] = [];
    for (const number of this.pages.numbers('loading', 'loaded', 'failed')) {
      const last = Math.min(range.lastOrdinal, (number + 1) * PAGE - 1);
      for (let ordinal = Math.max(range.firstOrdinal, number * PAGE); ordinal <= last; ordinal++) {
        changed.push(...this.blocks.remove(ordinal));
      }
    }
    return changed;
  }

  private repaired(event: Skipped): void {
    const gap = this.blocks.removeGap(event.gapId ?? '');
    this.loadAgain(gap === undefined ? [event] : [event, gap]);
  }

  /** The gaps that the thread has now. What was in others is repaired, or is found again as a hole. */
  private replaceGaps(gaps: readonly Gap[]): void {
    const before = this.blocks.replaceGaps(gaps);
    const same = (one: Range, other: Range) => one.firstOrdinal === other.firstOrdinal && one.lastOrdinal === other.lastOrdinal;
    const gone = before.filter((gap) => !gaps.some((other) => same(gap, other)));
    const come = gaps.filter((gap) => !before.some((other) => same(gap, other)));
    const changed = come.flatMap((gap) => [...this.dropInside(gap), ...ordinals(gap.firstOrdinal, gap.lastOrdinal)]);
    this.loadAgain(gone);
    this.measure(changed);
  }

  /** Rows that a gap has covered are rows of their own again. */
  private loadAgain(ranges: readonly Range[]): void {
    for (const number of this.pages.numbers('loading', 'loaded', 'failed').filter((one) => isInside(one, ranges))) {
      void this.loadPage(number);
    }
    this.forgetHidden(...ranges);
    this.measure(ranges.flatMap((range) => [...ordinals(range.firstOrdinal, range.lastOrdinal)]));
  }

  /** Pages that the filters hide are loaded again when they are in sight. */
  private forgetHidden(...ranges: readonly Range[]): void {
    const hidden = this.pages.numbers('hidden').filter((number) => isInside(number, ranges));
    hidden.forEach((number) => this.pages.delete(number));
    this.measure(hidden.flatMap((number) => [...this.ordinalsOf(number)]));
  }

  /** Items were replaced: nothing that is loaded can be trusted, and nothing that is being read. */
  private reset(count: number): void {
    this.version++;
    this.unchecked = this.unchecked.map(() => ({ count: 0, newest: undefined }));
    this.count = count;
    this.arrived = 0;
    this.inherited = Math.min(this.inherited, count);
    this.pages.clear();
    this.isLoading = false;
    this.blocks.clear();
    this.wholes.clear();
    this.list.reset(count);
    this.listener.reverted();
  }
}

function* ordinals(first: number, last: number): Iterable<number> {
  for (let ordinal = Math.max(first, 0); ordinal <= last; ordinal++) {
    yield ordinal;
  }
}

function isInside(page: number, ranges: readonly Range[]): boolean {
  return ranges.some((range) => page >= Math.floor(range.firstOrdinal / PAGE) && page <= Math.floor(range.lastOrdinal / PAGE));
}

function isSame(one: Row, other: Row): boolean {
  return (
    one.start === other.start &&
    ((one.kind === 'block' && other.kind === 'block' && one.block === other.block) ||
      (one.kind === 'gap' && other.kind === 'gap' && one.gap === other.gap) ||
      (one.kind === 'inherited' && other.kind === 'inherited' && one.last === other.last) ||
      (one.kind === 'loading' && other.kind === 'loading'))
  );
}

function lengthOf(item: StoredItem): number {
  return JSON.stringify(item).length;
}

interface Appended {
  ordinal: number;
  persisted: boolean;
  item: StoredItem;
}

interface Skipped extends Range {
  gapId?: string | null;
  turnId?: string | null;
  reason?: Gap['reason'] | null;
  pending?: boolean;
  at?: string;
}
