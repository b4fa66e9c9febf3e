/**
 * The loaded part of a history, as blocks.
 *
 * A block is what a person sees as one thing: a tool call with its output, or a message that is kept both as an
 * event and as an item of the model. It stands at the ordinal of its first entry, and the ordinals of its other
 * entries show nothing. Entries can be added and removed in any order, as pages are loaded and dropped.
 */

import type { Gap, StoredItem } from '../api/client';
import { entryOf, object, text, type Category, type Entry } from './entry';

export interface Block {
  /** Ordinal of its first entry. */
  anchor: number;
  /** In the order of their ordinals. Replaced, never changed, so that it can be compared. */
  entries: readonly Entry[];
}

/** Ordinals from the first to the last, both included. */
export interface Range {
  firstOrdinal: number;
  lastOrdinal: number;
}

/** How far apart the two copies of a message can be. */
const NEAR = 24;
/** Programs can use one id again and again; only the blocks around an entry are compared with it. */
const MAX_CANDIDATES = 32;

export class Blocks {
  private readonly byOrdinal = new Map<number, Block>();
  /** In the order of their anchors. */
  private readonly byKey = new Map<string, Block[]>();
  /** In the order of their ordinals. A gap can be a million of them. */
  private gaps: Gap[] = [];

  at(ordinal: number): Block | undefined {
    return this.byOrdinal.get(ordinal);
  }

  has(ordinal: number): boolean {
    return this.byOrdinal.has(ordinal);
  }

  itemAt(ordinal: number): StoredItem | undefined {
    return this.byOrdinal.get(ordinal)?.entries.find((entry) => entry.ordinal === ordinal)?.item;
  }

  /** Adds an item or replaces it, and returns the ordinals whose block has changed. */
  add(item: StoredItem): number[] {
    const known = this.byOrdinal.get(item.ordinal);
    const changed = known === undefined ? [] : this.remove(item.ordinal);
    const entry = entryOf(item);
    const partner = this.partnerOf(entry);
    if (partner === undefined) {
      const block: Block = { anchor: entry.ordinal, entries: [entry] };
      this.byOrdinal.set(entry.ordinal, block);
      this.index(block);
      return [...changed, entry.ordinal];
    }
    const entries = [...partner.entries, entry].sort((one, other) => one.ordinal - other.ordinal);
    return [...changed, ...this.replace(partner, entries)];
  }

  /** Removes an item, and returns the ordinals whose block has changed. */
  remove(ordinal: number): number[] {
    const block = this.byOrdinal.get(ordinal);
    if (block === undefined) {
      return [];
    }
    this.byOrdinal.delete(ordinal);
    const rest = block.entries.filter((entry) => entry.ordinal !== ordinal);
    return [ordinal, ...this.replace(block, rest)];
  }

  /** Removes all items and gaps. */
  clear(): void {
    this.byOrdinal.clear();
    this.byKey.clear();
    this.gaps = [];
  }

  /** Adds gaps, or replaces those that begin at the same ordinal, and returns where there was another gap, or none. */
  setGaps(gaps: readonly Gap[]): Range[] {
    const changed: Range[] = [];
    for (const gap of gaps) {
      let at = this.gaps.length;
      while (at > 0 && (this.gaps[at - 1]?.firstOrdinal ?? 0) >= gap.firstOrdinal) {
        at--;
      }
      const known = this.gaps[at]?.firstOrdinal === gap.firstOrdinal ? this.gaps[at] : undefined;
      this.gaps.splice(at, known === undefined ? 0 : 1, gap);
      if (known?.lastOrdinal !== gap.lastOrdinal) {
        changed.push({ firstOrdinal: gap.firstOrdinal, lastOrdinal: Math.max(gap.lastOrdinal, known?.lastOrdinal ?? 0) });
      }
    }
    return changed;
  }

  /** Returns the gaps that there were. */
  replaceGaps(gaps: readonly Gap[]): readonly Gap[] {
    const before = this.gaps;
    this.gaps = [];
    this.setGaps(gaps);
    return before;
  }

  removeGap(id: string): Gap | undefined {
    const gap = this.gaps.find((one) => one.id === id);
    this.gaps = this.gaps.filter((one) => one.id !== id);
    return gap;
  }

  get hasGaps(): boolean {
    return this.gaps.length > 0;
  }

  gapAt(ordinal: number): Gap | undefined {
    let low = 0;
    let high = this.gaps.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const gap = this.gaps[middle];
      if (gap === undefined || gap.firstOrdinal > ordinal) {
        high = middle - 1;
      } else if (gap.lastOrdinal < ordinal) {
        low = middle + 1;
      } else {
        return gap;
      }
    }
    return undefined;
  }

  /** The block that an entry belongs to. */
  private partnerOf(entry: Entry): Block | undefined {
    for (const key of entry.keys) {
      const around = blocksAround(this.byKey.get(key) ?? [], entry.ordinal);
      const partner = entry.near
        ? around.find((block) => isCopy(entry, key, block))
        : around
            .filter((block) => isSameCall(entry, block))
            .sort((one, other) => Math.abs(one.anchor - entry.ordinal) - Math.abs(other.anchor - entry.ordinal))[0];
      if (partner !== undefined) {
        return partner;
      }
    }
    return undefined;
  }

  private replace(block: Block, entries: Entry[]): number[] {
    this.unindex(block);
    const first = entries[0];
    if (first === undefined) {
      return [];
    }
    const next: Block = { anchor: first.ordinal, entries };
    entries.forEach((entry) => this.byOrdinal.set(entry.ordinal, next));
    this.index(next);
    return entries.map((entry) => entry.ordinal);
  }

  private index(block: Block): void {
    for (const key of keysOf(block)) {
      const blocks = this.byKey.get(key);
      if (blocks === undefined) {
        this.byKey.set(key, [block]);
      } else {
        blocks.splice(positionOf(blocks, block.anchor), 0, block);
      }
    }
  }

  private unindex(block: Block): void {
    for (const key of keysOf(block)) {
      const blocks = this.byKey.get(key) ?? [];
      const at = positionOf(blocks, block.anchor);
      if (blocks[at] === block) {
        blocks.splice(at, 1);
      }
      if (blocks.length === 0) {
        this.byKey.delete(key);
      }
    }
  }
}

/** Whether a block is the same message: near, and it lacks a copy of this origin. */
function isCopy(entry: Entry, key: string, block: Block): boolean {
  return (
    block.entries.every((other) => other.origin !== entry.origin || !other.keys.includes(key)) &&
    block.entries.some((other) => Math.abs(other.ordinal - entry.ordinal) <= NEAR)
  );
}

/** Whether a block is the same call: it lacks an entry of this form, and no output comes before its call. */
function isSameCall(entry: Entry, block: Block): boolean {
  return block.entries.every((other) => {
    const [first, last] = other.ordinal < entry.ordinal ? [other, entry] : [entry, other];
    return formOf(other) !== formOf(entry) && !(first.body.kind === 'output' && last.body.kind === 'call');
  });
}

function formOf(entry: Entry): string {
  return [entry.origin, entry.body.kind, text(object(entry.item.payload)['type'])].join();
}

function blocksAround(blocks: readonly Block[], ordinal: number): readonly Block[] {
  const at = positionOf(blocks, ordinal);
  return blocks.slice(Math.max(0, at - MAX_CANDIDATES / 2), at + MAX_CANDIDATES / 2);
}

/** Index of the first block whose anchor is not before an ordinal. */
function positionOf(blocks: readonly Block[], ordinal: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((blocks[middle]?.anchor ?? ordinal) < ordinal) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function keysOf(block: Block): Set<string> {
  return new Set(block.entries.flatMap((entry) => entry.keys));
}

/** What filters decide by: a block is of the kind of its most important entry. */
export function categoryOf(block: Block): Category {
  return block.entries[0]?.category ?? 'frames';
}
