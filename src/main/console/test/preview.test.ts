import { describe, expect, test } from 'vitest';
import type { StoredItem } from '../src/api/client';
import { isSameItem, previewOf } from '../src/transcript/preview';

const item = (payload: unknown): StoredItem => ({ ordinal: 7, timestamp: '2026-11-22T12:46:01.900Z', type: 'event_msg', payload });
const cut = (one: StoredItem) => previewOf(one, JSON.stringify(one).length);
const long = 'x'.repeat(100_000);

describe('a preview', () => {
  test('has the beginning of long strings, wherever they are, and all other values', () => {
    const preview = cut(item({ type: 'a', parts: [{ text: long }, { text: 'short', numbers: [1, 2.5, null] }] }));
    expect(preview).toMatchObject({ ordinal: 7, type: 'event_msg', truncated: { bytes: expect.any(Number) as number } });
    expect(preview.payload).toEqual({ type: 'a', parts: [{ text: 'x'.repeat(8192) }, { text: 'short', numbers: [1, 2.5, null] }] });
  });

  test('of an item without a long string is the item itself', () => {
    const many = item({ parts: Array.from({ length: 100 }, () => 'y'.repeat(1000)) });
    expect(cut(many)).toBe(many);
    expect(cut(item({ text: 'short' }))).not.toHaveProperty('truncated');
  });

  test('is the same item, and one with another text or time is not', () => {
    const whole = item({ text: long });
    expect(isSameItem(whole, cut(whole))).toBe(true);
    expect(isSameItem(whole, item({ text: `y${long}` }))).toBe(false);
    expect(isSameItem(whole, { ...whole, timestamp: '2026-11-22T12:46:01.901Z' })).toBe(false);
    expect(isSameItem(item(undefined), item(undefined))).toBe(true);
  });
});
