/**
 * Which items are in memory as a whole, in place of their previews.
 *
 * A page of previews is small, but its items can have 8 MB each. So whole items have a bound of their own: those that
 * were loaded first become previews again, except those in sight.
 */

import type { StoredItem } from '../api/client';

/** Characters of JSON. */
export const MAX_WHOLE_LENGTH = 12_000_000;

export class Wholes {
  /** In the order in which they were loaded. */
  private readonly byOrdinal = new Map<number, { preview: StoredItem; length: number }>();

  /** @param length of the whole item */
  add(preview: StoredItem, length: number): void {
    const known = this.byOrdinal.get(preview.ordinal);
    this.byOrdinal.delete(preview.ordinal);
    this.byOrdinal.set(preview.ordinal, { preview: known?.preview ?? preview, length });
  }

  /** Drops whole items until the rest fits, and returns their previews. */
  evict(isInSight: (ordinal: number) => boolean): StoredItem[] {
    let length = [...this.byOrdinal.values()].reduce((sum, whole) => sum + whole.length, 0);
    const evicted: StoredItem[] = [];
    for (const [ordinal, whole] of this.byOrdinal) {
      if (length <= MAX_WHOLE_LENGTH) {
        break;
      }
      if (!isInSight(ordinal)) {
        this.byOrdinal.delete(ordinal);
        length -= whole.length;
        evicted.push(whole.preview);
      }
    }
    return evicted;
  }

  /** Items of which nothing is in memory any more. */
  forget(ordinals: Iterable<number>): void {
    for (const ordinal of ordinals) {
      this.byOrdinal.delete(ordinal);
    }
  }

  clear(): void {
    this.byOrdinal.clear();
  }
}
