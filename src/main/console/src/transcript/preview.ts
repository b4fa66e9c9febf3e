/** Previews of items, like those of the API: a stream sends each item as a whole, and an item can have 8 MB. */

import type { StoredItem } from '../api/client';

/** Characters. Shorter strings stay as they are. */
const MAX_STRING = 8 * 1024;

/**
 * Cuts the long strings of an item.
 *
 * @param length characters of the event that the item came in
 */
export function previewOf(item: StoredItem, length: number): StoredItem {
  if (length <= MAX_STRING) {
    return item;
  }
  let isCut = false;
  const cut = (_: string, value: unknown) => {
    if (typeof value !== 'string' || value.length <= MAX_STRING) {
      return value;
    }
    isCut = true;
    return value.slice(0, MAX_STRING);
  };
  // The beginning of a string refers to the whole string, which would stay in memory. What is parsed is a copy.
  const payload = JSON.stringify(item.payload, cut);
  return isCut ? { ...item, payload: JSON.parse(payload) as unknown, truncated: { bytes: length } } : item;
}

/** As much of a payload as a preview always has. */
const COMPARED = 1000;

/** Whether two items are the same, of which one can be a preview. */
export function isSameItem(one: StoredItem, other: StoredItem): boolean {
  return one.ordinal === other.ordinal && beginningOf(one) === beginningOf(other);
}

function beginningOf({ timestamp, type, payload }: StoredItem): string {
  return JSON.stringify([timestamp, type, JSON.stringify(payload)?.slice(0, COMPARED)]);
}
