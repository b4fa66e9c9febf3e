import { expect, test } from 'vitest';
import type { StoredItem } from '../src/api/client';
import { MAX_WHOLE_LENGTH, Wholes } from '../src/transcript/wholes';

const preview = (ordinal: number): StoredItem => ({ ordinal, type: 'event_msg', payload: {} });
const ordinals = (items: StoredItem[]) => items.map((item) => item.ordinal);

function loaded(count: number): Wholes {
  const wholes = new Wholes();
  Array.from({ length: count }, (_, ordinal) => wholes.add(preview(ordinal), MAX_WHOLE_LENGTH / 4));
  return wholes;
}

test('whole items become previews again when all together are too long, the first ones first', () => {
  expect(ordinals(loaded(4).evict(() => false))).toEqual([]);
  expect(ordinals(loaded(6).evict(() => false))).toEqual([0, 1]);
});

test('whole items in sight stay', () => {
  const wholes = loaded(6);
  expect(ordinals(wholes.evict((ordinal) => ordinal < 2))).toEqual([2, 3]);
  expect(ordinals(wholes.evict(() => false))).toEqual([]);
});

test('an item that was loaded twice counts once, and keeps its preview', () => {
  const wholes = loaded(4);
  wholes.add({ ...preview(0), type: 'whole' }, MAX_WHOLE_LENGTH / 4);
  wholes.add(preview(4), MAX_WHOLE_LENGTH / 2);
  expect(wholes.evict(() => false)).toEqual([preview(1), preview(2)]);
});

test('items that were dropped do not count', () => {
  const wholes = loaded(6);
  wholes.forget([4, 5]);
  expect(ordinals(wholes.evict(() => false))).toEqual([]);
});
