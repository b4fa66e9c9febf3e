import { describe, expect, test } from 'vitest';
import type { Gap, StoredItem } from '../src/api/client';
import { Blocks } from '../src/transcript/blocks';
import { changesOfPatch, entryOf } from '../src/transcript/entry';
import { viewOf, type BlockView } from '../src/transcript/view';

const item = (ordinal: number, type: string, payload: unknown): StoredItem => ({ ordinal, type, payload });
const said = (ordinal: number, message: string) => item(ordinal, 'event_msg', { type: 'user_message', message });
const sent = (ordinal: number, text: string) =>
  item(ordinal, 'response_item', { type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const call = (ordinal: number, id: string, cmd: string) =>
  item(ordinal, 'response_item', { type: 'function_call', name: 'exec_command', call_id: id, arguments: JSON.stringify({ cmd }) });
const output = (ordinal: number, id: string, text: string) =>
  item(ordinal, 'response_item', { type: 'function_call_output', call_id: id, output: text });

function blocks(...items: StoredItem[]): Blocks {
  const all = new Blocks();
  items.forEach((one) => all.add(one));
  return all;
}

function view(all: Blocks, ordinal: number): BlockView {
  const block = all.at(ordinal);
  if (block === undefined) {
    throw new Error(`nothing at ${ordinal}`);
  }
  return viewOf(block);
}

describe('a tool call and its output', () => {
  test('are one block at the call, in whatever order they are loaded', () => {
    for (const items of [
      [call(3, 'a', 'ls'), output(9, 'a', 'file')],
      [output(9, 'a', 'file'), call(3, 'a', 'ls')],
    ]) {
      const all = blocks(...items);
      expect(all.at(9)).toBe(all.at(3));
      expect(all.at(9)?.anchor).toBe(3);
      expect(view(all, 3)).toMatchObject({ kind: 'tool', input: 'ls', output: 'file' });
    }
  });

  test('of other calls stay apart', () => {
    const all = blocks(call(1, 'a', 'ls'), call(2, 'b', 'pwd'), output(3, 'b', '/'), output(4, 'a', 'x'));
    expect(view(all, 1)).toMatchObject({ input: 'ls', output: 'x' });
    expect(view(all, 2)).toMatchObject({ input: 'pwd', output: '/' });
  });

  test('have the exit code and the time that Codex writes before the output', () => {
    const text = 'Chunk ID: 6d03df\nWall time: 0.5000 seconds\nProcess exited with code 2\nOriginal token count: 17\nOutput:\nhello\n';
    expect(view(blocks(call(1, 'a', 'ls'), output(2, 'a', text)), 1)).toMatchObject({
      output: 'hello\n',
      exitCode: 2,
      millis: 500,
      failed: true,
    });
  });

  test('include the event of the execution, which repeats both', () => {
    const event = item(2, 'event_msg', {
      type: 'item_completed',
      item: { type: 'CommandExecution', id: 'a', command: ['/bin/bash', '-lc', 'ls'], aggregated_output: 'file', exit_code: 0 },
    });
    const all = blocks(call(1, 'a', 'ls'), event, output(3, 'a', 'file'));
    expect(all.at(1)?.entries).toHaveLength(3);
    expect(view(all, 3)).toMatchObject({ input: 'ls', output: 'file', exitCode: 0, failed: false });
  });

  test('of an id that is used again are blocks of their own, in whatever order they are loaded', () => {
    const items = [call(1, 'a', 'ls'), output(2, 'a', 'file'), call(10, 'a', 'pwd'), output(11, 'a', '/')];
    for (const order of [[0, 1, 2, 3], [2, 3, 0, 1], [3, 2, 1, 0], [1, 2, 0, 3], [0, 2, 3, 1]]) {
      const all = blocks(...order.map((at) => items[at]!));
      expect([1, 2, 10, 11].map((ordinal) => all.at(ordinal)?.anchor)).toEqual([1, 1, 10, 10]);
      expect(view(all, 10)).toMatchObject({ input: 'pwd', output: '/' });
    }
  });

  test('of an id that is used for every call are all kept', () => {
    const items = Array.from({ length: 20_000 }, (_, at) => (at % 2 === 0 ? call(at, 'a', `echo ${at}`) : output(at, 'a', `${at - 1}`)));
    const all = blocks(...items);
    for (const { ordinal } of items) {
      expect(all.at(ordinal)?.anchor).toBe(ordinal - (ordinal % 2));
    }
  });

  test('do not pair if the output comes first', () => {
    expect(blocks(output(1, 'a', 'of a call that is not loaded'), call(2, 'a', 'ls')).at(2)?.anchor).toBe(2);
  });

  test('come apart when the page of the call is dropped', () => {
    const all = blocks(call(1, 'a', 'ls'), output(200, 'a', 'file'));
    all.remove(1);
    expect(all.at(1)).toBeUndefined();
    expect(all.at(200)?.anchor).toBe(200);
    all.add(call(1, 'a', 'ls'));
    expect(all.at(200)?.anchor).toBe(1);
  });
});

describe('a message that is kept as an event and as an item', () => {
  test('is shown once, at the first', () => {
    const all = blocks(sent(7, 'hello'), said(8, 'hello'));
    expect(all.at(8)?.anchor).toBe(7);
    expect(view(all, 8)).toMatchObject({ kind: 'message', role: 'user', text: 'hello' });
  });

  test('is shown as often as it was said', () => {
    const all = blocks(sent(1, 'go on'), said(2, 'go on'), sent(9, 'go on'), said(10, 'go on'));
    expect([1, 2, 9, 10].map((ordinal) => all.at(ordinal)?.anchor)).toEqual([1, 1, 9, 9]);
  });

  test('is not looked for far away', () => {
    const all = blocks(sent(1, 'hello'), said(500, 'hello'));
    expect(all.at(500)?.anchor).toBe(500);
  });

  test('of two events of one origin is two messages', () => {
    expect(blocks(said(1, 'yes'), said(2, 'yes')).at(2)?.anchor).toBe(2);
  });
});

describe('gaps', () => {
  const gap = (id: string, firstOrdinal: number, lastOrdinal: number): Gap => ({
    id,
    threadId: 't',
    turnId: null,
    firstOrdinal,
    lastOrdinal,
    reason: 'storage_full',
    pending: false,
    recordedAt: '2026-11-22T12:46:01.900Z',
  });

  test('cover each of their ordinals, and no other', () => {
    const all = new Blocks();
    all.setGaps([gap('b', 100, 1_000_000), gap('a', 5, 5)]);
    expect([4, 5, 6, 99, 100, 500_000, 1_000_000, 1_000_001].map((ordinal) => all.gapAt(ordinal)?.id)).toEqual([
      undefined,
      'a',
      undefined,
      undefined,
      'b',
      'b',
      'b',
      undefined,
    ]);
  });

  test('are replaced by those that there are now', () => {
    const all = new Blocks();
    all.setGaps([gap('a', 5, 9), gap('b', 20, 30)]);
    expect(all.replaceGaps([gap('b', 20, 30)]).map((one) => one.id)).toEqual(['a', 'b']);
    expect([7, 25].map((ordinal) => all.gapAt(ordinal)?.id)).toEqual([undefined, 'b']);
  });

  test('disappear when they are repaired', () => {
    const all = new Blocks();
    all.setGaps([gap('a', 5, 9)]);
    expect(all.removeGap('a')?.lastOrdinal).toBe(9);
    expect(all.gapAt(7)).toBeUndefined();
  });
});

describe('an item', () => {
  test('of any form is shown', () => {
    for (const payload of [undefined, null, 1, 'text', [], {}, { type: 7 }, { type: 'message', content: { content: { content: null } } }]) {
      for (const type of ['response_item', 'event_msg', 'codex_exec', 'claude_code', 'own', undefined]) {
        const odd = { ordinal: 1, payload, ...(type !== undefined && { type }) };
        expect(viewOf({ anchor: 1, entries: [entryOf(odd)] }).kind).not.toBe('');
      }
    }
  });

  test('that a program added in the name of the person is context', () => {
    expect(entryOf(sent(1, '<environment_context>\n</environment_context>')).category).toBe('frames');
    expect(entryOf(sent(1, 'hello')).category).toBe('people');
  });

  test('shows images that it holds, and names all others', () => {
    const picture = (image_url: string) =>
      entryOf(item(1, 'response_item', { type: 'message', role: 'user', content: [{ type: 'input_image', image_url }] })).body;
    expect(picture('data:image/png;base64,AAAA')).toMatchObject({ images: [{ data: 'data:image/png;base64,AAAA' }] });
    expect(picture('https://evil.example/x.png')).toMatchObject({ images: [{ data: null, address: 'https://evil.example/x.png' }] });
    expect(picture('data:image/svg+xml;base64,AAAA')).toMatchObject({ images: [{ data: null }] });
  });
});

test('a patch is cut into files', () => {
  const patch = '*** Begin Patch\n*** Update File: a.txt\n@@\n-old\n+new\n*** Add File: b.txt\n+first\n*** Delete File: c.txt\n*** End Patch';
  expect(changesOfPatch(patch)).toEqual([
    { path: 'a.txt', action: 'update', diff: '@@\n-old\n+new' },
    { path: 'b.txt', action: 'add', diff: '+first' },
    { path: 'c.txt', action: 'delete', diff: '' },
  ]);
  expect(changesOfPatch('echo no patch')).toEqual([]);
});
