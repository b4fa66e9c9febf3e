/** Downloads, with the token in the header, which a plain link could not send. */

import { send, url, type StoredItem, type Thread } from '../api/client';
import { Blocks } from '../transcript/blocks';
import { titleOf, viewOf, type BlockView } from '../transcript/view';
import { dateTime } from './format';

export async function downloadRollout(thread: Thread, format: 'codex' | ''): Promise<void> {
  const response = await send('GET', url(`/v1/threads/${thread.id}/rollout`, { format }));
  save(await response.blob(), fileName(thread, format === '' ? 'jsonl' : 'codex.jsonl'));
}

export async function downloadMarkdown(thread: Thread): Promise<void> {
  const response = await send('GET', url(`/v1/threads/${thread.id}/items`), {
    headers: { Accept: 'application/x-ndjson' },
  });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  const items = lines.map((line) => JSON.parse(line) as StoredItem);
  save(new Blob([markdownOf(thread, items)], { type: 'text/markdown' }), fileName(thread, 'md'));
}

export function markdownOf(thread: Pick<Thread, 'id' | 'name' | 'preview' | 'cwd' | 'model' | 'createdAt' | 'nextOrdinal'>, items: readonly StoredItem[]): string {
  const blocks = new Blocks();
  items.forEach((item) => blocks.add(item));
  const parts = [`# ${thread.name ?? thread.preview ?? thread.id}`];
  parts.push(
    [`- Thread: ${thread.id}`, `- Created: ${dateTime(thread.createdAt)}`, thread.cwd ? `- Directory: ${thread.cwd}` : '', thread.model ? `- Model: ${thread.model}` : '']
      .filter((line) => line !== '')
      .join('\n'),
  );
  const missing = (first: number, end: number) => {
    if (first < end) {
      parts.push(`> **Missing: items ${first} to ${end - 1}**`);
    }
  };
  let next = 0;
  for (const item of items) {
    missing(next, item.ordinal);
    next = item.ordinal + 1;
    const block = blocks.at(item.ordinal);
    const text = block?.anchor === item.ordinal ? textOf(viewOf(block)) : '';
    if (text !== '') {
      parts.push(text);
    }
  }
  missing(next, thread.nextOrdinal);
  return `${parts.join('\n\n')}\n`;
}

function textOf(view: BlockView): string {
  switch (view.kind) {
    case 'message':
      return view.role === 'context' ? '' : `## ${titleOf(view)}\n\n${view.text}`;
    case 'reasoning':
      return view.text === '' ? '' : view.text.replace(/^/gm, '> ');
    case 'tool': {
      const exit = view.exitCode === null ? '' : `\n\nExit code: ${view.exitCode}`;
      const output = view.output === null || view.output === '' ? '' : `\n\n${fenced(view.output)}`;
      return `**${view.name}**\n\n${fenced(view.input)}${output}${exit}`;
    }
    case 'turn':
      return view.what === 'failed' || view.what === 'interrupted' ? `**Turn ${view.what}** ${view.detail}`.trim() : '';
    case 'note':
      return view.tone === 'error' ? `**${view.label}** ${view.text}`.trim() : '';
  }
}

/** In a fence that is longer than all that the text has. */
function fenced(text: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) {
    longest = Math.max(longest, run.length);
  }
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`;
}

function fileName(thread: Thread, end: string): string {
  return `rollbook-${thread.id}.${end}`;
}

function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
