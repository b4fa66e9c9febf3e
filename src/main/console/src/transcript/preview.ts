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
