/** What a block shows, from all of its entries. */

import type { Block } from './blocks';
import type { Entry, FileChange, Image } from './entry';

export type BlockView =
  | { kind: 'message'; role: 'user' | 'assistant' | 'context'; text: string; images: Image[] }
  | { kind: 'reasoning'; text: string; encrypted: boolean }
  | {
      kind: 'tool';
      name: string;
      input: string;
      isCommand: boolean;
      cwd: string | null;
      /** Null while there is none. */
      output: string | null;
      exitCode: number | null;
      millis: number | null;
      failed: boolean;
      changes: FileChange[];
      images: Image[];
    }
  | { kind: 'turn'; what: 'started' | 'completed' | 'failed' | 'interrupted'; millis: number | null; detail: string }
  | { kind: 'note'; label: string; text: string; tone: 'plain' | 'error' };

export function viewOf(block: Block): BlockView {
  const first = block.entries[0];
  if (first === undefined) {
    return { kind: 'note', label: '', text: '', tone: 'plain' };
  }
  switch (first.body.kind) {
    case 'message':
      return { ...first.body, images: imagesOf(block.entries) };
    case 'reasoning':
      return reasoning(block.entries);
    case 'call':
    case 'output':
    case 'execution':
      return tool(block.entries);
    case 'turn':
    case 'note':
      return first.body;
  }
}

/** Each part once, although events have them one by one, and items together. */
function reasoning(entries: readonly Entry[]): BlockView {
  const parts = new Set<string>();
  let encrypted = false;
  for (const { body } of entries) {
    if (body.kind === 'reasoning') {
      body.parts.forEach((part) => parts.add(part.trim()));
      encrypted ||= body.encrypted;
    }
  }
  return { kind: 'reasoning', text: [...parts].join('\n\n'), encrypted };
}

function tool(entries: readonly Entry[]): BlockView {
  const view = {
    kind: 'tool' as const,
    name: '',
    input: '',
    isCommand: false,
    cwd: null as string | null,
    output: null as string | null,
    exitCode: null as number | null,
    millis: null as number | null,
    failed: false,
    changes: [] as FileChange[],
    images: imagesOf(entries),
  };
  for (const { body } of entries) {
    if (body.kind === 'call' || body.kind === 'execution') {
      const input = body.kind === 'call' ? body.input : (body.command ?? body.input);
      view.isCommand ||= body.command !== null;
      view.name = view.name === '' ? body.name : view.name;
      view.input = view.input === '' ? input : view.input;
      view.cwd ??= body.cwd;
      view.changes = view.changes.length === 0 ? body.changes : view.changes;
    }
    if (body.kind === 'output' || body.kind === 'execution') {
      view.output = view.output === null || view.output === '' ? body.text : view.output;
      view.exitCode ??= body.exitCode;
      view.millis ??= body.millis;
      view.failed ||= body.failed;
    }
  }
  view.name = view.name === '' ? 'tool' : view.name;
  return view;
}

function imagesOf(entries: readonly Entry[]): Image[] {
  const best = entries
    .map(({ body }) => ('images' in body ? body.images : []))
    .sort((one, other) => other.length - one.length);
  return best[0] ?? [];
}

/** A block in a few words, for screen readers, and for the list of turns. */
export function titleOf(view: BlockView): string {
  switch (view.kind) {
    case 'message':
      return { user: 'Person', assistant: 'Agent', context: 'Context' }[view.role];
    case 'reasoning':
      return 'Thinking';
    case 'tool':
      return view.name;
    case 'turn':
      return `Turn ${view.what}`;
    case 'note':
      return view.label;
  }
}
