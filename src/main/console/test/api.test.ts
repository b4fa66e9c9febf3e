import { describe, expect, test } from 'vitest';
import { EventParser } from '../src/api/parser';
import { parse, threadAddress } from '../src/lib/address';

describe('an event stream', () => {
  const text = ': heartbeat\n\nid: 12\nevent: item/appended\ndata: {"a":1}\n\nevent: gap\r\ndata: {"b":\r\ndata: 2}\r\n\r\n';
  const events = [
    { id: '12', name: 'item/appended', data: '{"a":1}' },
    { id: '', name: 'gap', data: '{"b":\n2}' },
  ];

  test('is cut into events wherever its chunks end', () => {
    for (let cut = 0; cut <= text.length; cut++) {
      const parser = new EventParser();
      expect([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))]).toEqual(events);
    }
  });

  test('moves its position by an id alone', () => {
    expect(new EventParser().push('id: 300\n\n: heartbeat\n\n')).toEqual([{ id: '300', name: 'message', data: '' }]);
  });

  test('has no event before its blank line', () => {
    const parser = new EventParser();
    expect(parser.push('data: 1\n')).toEqual([]);
    expect(parser.push('\n')).toEqual([{ id: '', name: 'message', data: '1' }]);
  });
});

describe('an address', () => {
  test('names a page, a thread and an item', () => {
    expect(parse('#/threads/abc/12?show=people')).toMatchObject({ page: 'thread', threadId: 'abc', ordinal: 12 });
    expect(parse('#/threads/abc').ordinal).toBeUndefined();
    expect(parse('#/usage').page).toBe('usage');
    expect(parse('#/health?x=1').page).toBe('health');
    expect(parse(threadAddress('abc', 7))).toMatchObject({ threadId: 'abc', ordinal: 7 });
  });

  test('that is not known is the list of threads', () => {
    for (const hash of ['', '#', '#/', '#/nothing', '#/threads', '#?q=a%20b']) {
      expect(parse(hash).page).toBe('threads');
    }
    expect(parse('#?q=a%20b').query.get('q')).toBe('a b');
  });

  test('with an ordinal that is no number opens the thread at its end', () => {
    expect(parse('#/threads/abc/-1').ordinal).toBeUndefined();
    expect(parse('#/threads/abc/1e9').ordinal).toBeUndefined();
  });
});
