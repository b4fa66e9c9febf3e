import { expect, test, vi } from 'vitest';
import type { StoredItem } from '../src/api/client';

vi.stubGlobal('sessionStorage', { getItem: () => null });
const { markdownOf } = await import('../src/lib/download');

const thread = { id: 't', name: 'n', preview: null, cwd: null, model: null, createdAt: '2026-11-22T12:46:01.900Z', nextOrdinal: 0 };
const item = (ordinal: number, payload: unknown): StoredItem => ({ ordinal, type: 'response_item', payload });

test('a thread as Markdown has all calls, even if all have one id', () => {
  const items = Array.from({ length: 10_000 }, (_, at) =>
    item(at, at % 2 === 0 ? { type: 'function_call', name: 'run', call_id: 'a', arguments: `call ${at}` } : { type: 'function_call_output', call_id: 'a', output: `output ${at}` }),
  );
  const text = markdownOf(thread, items);
  expect(text.match(/^call \d+$/gm)).toHaveLength(5000);
  expect(text.match(/^output \d+$/gm)).toHaveLength(5000);
});

test('an output with very many fences is in a fence that is longer', () => {
  const output = `\`\`\`\`x${'`x'.repeat(200_000)}`;
  expect(markdownOf(thread, [item(0, { type: 'function_call_output', call_id: 'a', output })])).toContain(`\n\`\`\`\`\`\n${output}\n\`\`\`\`\`\n`);
});

test('a thread as Markdown says what is missing', () => {
  expect(markdownOf(thread, [item(3, {})])).toContain('**Missing: items 0 to 2**');
  expect(markdownOf({ ...thread, nextOrdinal: 7 }, [item(0, {}), item(3, {})])).toMatch(/items 1 to 2\*\*[^]*items 4 to 6\*\*\n$/);
});
