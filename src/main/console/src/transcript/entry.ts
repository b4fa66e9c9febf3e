/**
 * What an item of a rollout says to a person.
 *
 * Payloads are opaque to the service, and come from several programs and versions. So nothing here relies on their
 * form: a payload that is not understood is shown as JSON.
 */

import type { StoredItem } from '../api/client';

export type Category = 'people' | 'tools' | 'thinking' | 'frames';
export const CATEGORIES: readonly Category[] = ['people', 'tools', 'thinking', 'frames'];

/** An image in a payload. */
export interface Image {
  /** A `data:` URL, or null if the image is at an address, which is never loaded. */
  data: string | null;
  address: string;
}

export interface FileChange {
  path: string;
  action: 'add' | 'update' | 'delete';
  /** Lines that begin with `+`, `-`, `@` or a space. */
  diff: string;
}

export type Body =
  | { kind: 'message'; role: 'user' | 'assistant' | 'context'; text: string; images: Image[] }
  | { kind: 'reasoning'; parts: string[]; encrypted: boolean }
  | { kind: 'call'; name: string; input: string; command: string | null; cwd: string | null; changes: FileChange[] }
  | { kind: 'output'; text: string; exitCode: number | null; millis: number | null; failed: boolean; images: Image[] }
  | {
      kind: 'execution';
      name: string;
      command: string | null;
      cwd: string | null;
      input: string;
      text: string;
      exitCode: number | null;
      millis: number | null;
      failed: boolean;
      changes: FileChange[];
    }
  | { kind: 'turn'; what: 'started' | 'completed' | 'failed' | 'interrupted'; millis: number | null; detail: string }
  | { kind: 'note'; label: string; text: string; tone: 'plain' | 'error' };

/**
 * One item.
 *
 * @property origin a message is often kept twice: as the event that a person saw, and as the item that the model got
 * @property keys entries with a common key are one block
 * @property near whether entries with a common key are one block only if they are near to each other
 */
export interface Entry {
  ordinal: number;
  item: StoredItem;
  origin: 'event' | 'model';
  category: Category;
  body: Body;
  keys: string[];
  near: boolean;
}

type Json = Record<string, unknown>;

const CONTEXT_START =
  /^\s*(<(environment_context|user_instructions|permissions|turn_aborted|skill|collaboration_mode|INSTRUCTIONS|user_shell_command)\b|# AGENTS\.md instructions)/;
const KEY_LENGTH = 400;

export function entryOf(item: StoredItem): Entry {
  const payload = object(item.payload);
  const type = text(item.type);
  const entry: Entry = {
    ordinal: item.ordinal,
    item,
    origin: type === 'event_msg' ? 'event' : 'model',
    category: 'frames',
    body: { kind: 'note', label: label(type, payload), text: '', tone: 'plain' },
    keys: [],
    near: false,
  };
  switch (type) {
    case 'response_item':
      modelItem(entry, payload);
      break;
    case 'event_msg':
      event(entry, payload);
      break;
    case 'codex_exec':
      execLine(entry, payload);
      break;
    case 'claude_code':
      claudeLine(entry, payload);
      break;
    case 'compacted':
      note(entry, 'frames', 'History compacted', text(payload['message']));
      break;
    case 'unreadable_line':
      note(entry, 'frames', 'Unreadable line', text(payload['text']) || text(payload['base64']), 'error');
      break;
    default:
      if (!isSilent(type)) {
        note(entry, 'frames', label(type, payload), text(payload['message']) || text(payload['text']) || pretty(item.payload));
      }
  }
  return entry;
}

function isSilent(type: string): boolean {
  return ['session_meta', 'world_state', 'turn_context'].includes(type) || type.startsWith('token_');
}

/** An item as the model sees it. */
function modelItem(entry: Entry, payload: Json): void {
  const type = text(payload['type']);
  switch (type) {
    case 'message': {
      const role = text(payload['role']);
      const said = contentText(payload['content']);
      const context = role !== 'assistant' && (role !== 'user' || isContext(payload, said));
      message(entry, context ? 'context' : role === 'assistant' ? 'assistant' : 'user', said, images(payload['content']));
      break;
    }
    case 'reasoning':
      reasoning(
        entry,
        [...strings(payload['summary']), ...strings(payload['content'])],
        text(payload['encrypted_content']) !== '',
      );
      break;
    case 'function_call':
      call(entry, payload['call_id'], text(payload['name']), payload['arguments']);
      break;
    case 'custom_tool_call':
      call(entry, payload['call_id'], text(payload['name']), payload['input']);
      break;
    case 'local_shell_call':
      call(entry, payload['call_id'] ?? payload['id'], 'shell', payload['action']);
      break;
    case 'web_search_call':
      call(entry, payload['id'], 'web search', payload['action']);
      break;
    case 'function_call_output':
    case 'custom_tool_call_output':
      output(entry, payload['call_id'], payload['output']);
      break;
    default:
      note(entry, 'frames', label('response_item', payload), contentText(payload['content']));
  }
}

/** Instructions and context that a program added in the name of the person. */
function isContext(payload: Json, said: string): boolean {
  const kinds = object(payload['internal_chat_message_metadata_passthrough'])['content_item_kinds'];
  if (Array.isArray(kinds) && kinds.length > 0) {
    return kinds.every((kind) => typeof kind === 'string' && !kind.startsWith('user') && kind !== 'unknown');
  }
  return CONTEXT_START.test(said);
}

/** An event that a person saw. */
function event(entry: Entry, payload: Json): void {
  const type = text(payload['type']);
  switch (type) {
    case 'user_message':
      message(entry, 'user', text(payload['message']), images(payload['images']));
      break;
    case 'agent_message':
      message(entry, 'assistant', text(payload['message']), []);
      break;
    case 'agent_reasoning':
    case 'agent_reasoning_raw_content':
      reasoning(entry, [text(payload['text'])], false);
      break;
    case 'item_completed':
      completedItem(entry, object(payload['item']));
      break;
    case 'exec_command_end':
      execution(entry, payload['call_id'], 'shell', payload, text(payload['stdout']) + text(payload['stderr']));
      break;
    case 'mcp_tool_call_end': {
      const invocation = object(payload['invocation']);
      execution(entry, payload['call_id'], toolName(invocation), { input: invocation['arguments'] }, contentText(payload['result']));
      break;
    }
    case 'patch_apply_end':
      execution(entry, payload['call_id'], 'apply_patch', payload, text(payload['stdout']) + text(payload['stderr']));
      break;
    case 'task_started':
    case 'turn_started':
      turn(entry, 'started', payload);
      break;
    case 'task_complete':
    case 'turn_complete':
      turn(entry, text(payload['status']) === 'failed' || present(payload['error']) ? 'failed' : 'completed', payload);
      break;
    case 'turn_aborted':
      turn(entry, 'interrupted', payload);
      break;
    case 'error':
    case 'stream_error':
    case 'resume_failed':
      note(entry, 'people', type === 'error' ? 'Error' : label('', payload), text(payload['message']), 'error');
      break;
    case 'warning':
      note(entry, 'people', 'Warning', text(payload['message']));
      break;
    case 'context_compacted':
      note(entry, 'frames', 'History compacted', '');
      break;
    case 'thread_name_updated':
      note(entry, 'frames', 'Renamed', text(payload['thread_name']) || text(payload['name']));
      break;
    default:
      note(entry, 'frames', label('', payload), text(payload['message']) || text(payload['text']));
  }
}

/** An item of Codex's newer histories. */
function completedItem(entry: Entry, item: Json): void {
  const type = text(item['type']);
  switch (type) {
    case 'UserMessage':
      message(entry, 'user', contentText(item['content']), images(item['content']));
      break;
    case 'AgentMessage':
      message(entry, 'assistant', contentText(item['content']), []);
      break;
    case 'Reasoning':
      reasoning(entry, [...strings(item['summary_text']), ...strings(item['raw_content'])], false);
      break;
    case 'CommandExecution':
      execution(entry, item['id'], 'shell', item, text(item['aggregated_output']));
      break;
    case 'FileChange':
      execution(entry, item['id'], 'apply_patch', item, text(item['stdout']) + text(item['stderr']));
      break;
    case 'McpToolCall':
      execution(entry, item['id'], toolName(item), { input: item['arguments'], status: item['status'] }, contentText(item['result']));
      break;
    case 'WebSearch':
      execution(entry, item['id'], 'web search', { input: item['query'] }, '');
      break;
    case 'ContextCompaction':
      note(entry, 'frames', 'History compacted', '');
      break;
    default:
      note(entry, 'frames', type === '' ? 'item' : spaced(type), contentText(item['content']) || text(item['text']));
  }
}

/** A line of `codex exec --json`. Its ids of items are those of one run only, so they are no keys. */
function execLine(entry: Entry, line: Json): void {
  const type = text(line['type']);
  const item = object(line['item']);
  entry.origin = 'event';
  if (type === 'item.completed') {
    switch (text(item['type'])) {
      case 'agent_message':
        return message(entry, 'assistant', text(item['text']), []);
      case 'reasoning':
        return reasoning(entry, [text(item['text'])], false);
      case 'command_execution':
        return execution(entry, undefined, 'shell', item, text(item['aggregated_output']));
      case 'file_change':
        return execution(entry, undefined, 'apply_patch', item, '');
      case 'mcp_tool_call':
        return execution(entry, undefined, toolName(item), { input: item['arguments'] }, contentText(item['result']));
      case 'error':
        return note(entry, 'people', 'Error', text(item['message']), 'error');
    }
  }
  if (type === 'turn.failed' || type === 'error') {
    return note(entry, 'people', 'Error', text(object(line['error'])['message']) || text(line['message']), 'error');
  }
  note(entry, 'frames', type, text(item['text']) || text(item['command']));
}

/** A line of Claude Code's `stream-json`. */
function claudeLine(entry: Entry, line: Json): void {
  const type = text(line['type']);
  const content = object(line['message'])['content'];
  const blocks = Array.isArray(content) ? content.map(object) : [];
  const tool = blocks.find((block) => block['type'] === 'tool_use');
  const result = blocks.find((block) => block['type'] === 'tool_result');
  const thinking = blocks.find((block) => block['type'] === 'thinking');
  entry.origin = 'event';
  if (type === 'result' && line['is_error'] === true) {
    note(entry, 'people', 'Error', text(line['result']), 'error');
  } else if (tool !== undefined) {
    call(entry, tool['id'], text(tool['name']), tool['input']);
  } else if (result !== undefined) {
    output(entry, result['tool_use_id'], result['content']);
    if (entry.body.kind === 'output') {
      entry.body.failed = result['is_error'] === true;
    }
  } else if (thinking !== undefined) {
    reasoning(entry, [text(thinking['thinking'])], false);
  } else if (type === 'assistant' || type === 'user') {
    message(entry, type, contentText(content), images(content));
  } else {
    note(entry, 'frames', [type, text(line['subtype'])].filter((word) => word !== '').join(' '), '');
  }
}

function message(entry: Entry, role: 'user' | 'assistant' | 'context', said: string, pictures: Image[]): void {
  entry.category = role === 'context' ? 'frames' : 'people';
  entry.body = { kind: 'message', role, text: said, images: pictures };
  entry.near = true;
  entry.keys = role === 'context' ? [] : [`${role}\n${key(said)}`];
}

function reasoning(entry: Entry, parts: string[], encrypted: boolean): void {
  const said = parts.filter((part) => part !== '');
  entry.category = 'thinking';
  entry.body = { kind: 'reasoning', parts: said, encrypted };
  entry.near = true;
  entry.keys = said.map((part) => `reasoning\n${key(part)}`);
}

function call(entry: Entry, id: unknown, name: string, input: unknown): void {
  const given = parsed(input);
  const command = commandOf(given);
  const patch = typeof given === 'string' ? given : text(object(given)['input']) || text(object(given)['patch']) || (command ?? '');
  entry.category = 'tools';
  entry.body = {
    kind: 'call',
    name: name === '' ? 'tool' : name,
    input: command ?? (typeof given === 'string' ? given : pretty(given)),
    command,
    cwd: text(object(given)['workdir']) || text(object(given)['cwd']) || text(object(given)['working_directory']) || null,
    changes: changesOfPatch(patch),
  };
  entry.keys = callKey(id);
}

function output(entry: Entry, id: unknown, given: unknown): void {
  const said = parsedOutput(given);
  entry.category = 'tools';
  entry.body = { kind: 'output', ...said, images: images(given) };
  entry.keys = callKey(id);
}

/** An event about a tool that has run: the call and its output in one. */
function execution(entry: Entry, id: unknown, name: string, of: Json, said: string): void {
  const exitCode = typeof of['exit_code'] === 'number' ? of['exit_code'] : null;
  const status = text(of['status']);
  entry.category = 'tools';
  entry.body = {
    kind: 'execution',
    name,
    command: commandOf(of),
    cwd: text(of['cwd']).replace(/^file:\/\//, '') || null,
    input: of['input'] === undefined ? '' : typeof of['input'] === 'string' ? of['input'] : pretty(of['input']),
    text: said,
    exitCode,
    millis: millisOf(of['duration']) ?? number(of['duration_ms']),
    failed: (exitCode ?? 0) !== 0 || status === 'failed' || status === 'declined' || of['success'] === false,
    changes: changesOf(of['changes']),
  };
  entry.keys = callKey(id);
}

function turn(entry: Entry, what: 'started' | 'completed' | 'failed' | 'interrupted', payload: Json): void {
  const error = payload['error'];
  entry.category = what === 'failed' || what === 'interrupted' ? 'people' : 'frames';
  entry.body = {
    kind: 'turn',
    what,
    millis: number(payload['duration_ms']),
    detail: typeof error === 'string' ? error : text(object(error)['message']) || (present(error) ? pretty(error) : ''),
  };
}

function note(entry: Entry, category: Category, title: string, said: string, tone: 'plain' | 'error' = 'plain'): void {
  entry.category = category;
  entry.body = { kind: 'note', label: title, text: said, tone };
}

function label(type: string, payload: Json): string {
  const kind = text(payload['type']);
  return spaced([type === 'response_item' || type === 'event_msg' ? '' : type, kind].filter((word) => word !== '').join(' ') || 'item');
}

function spaced(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
}

function callKey(id: unknown): string[] {
  return typeof id === 'string' && id !== '' ? [`call\n${id}`] : [];
}

/** The beginning is enough: copies of one text in a preview are cut at the same length. */
function key(said: string): string {
  return said.trim().slice(0, KEY_LENGTH);
}

function commandOf(given: unknown): string | null {
  const of = object(given);
  const command = of['command'] ?? of['cmd'];
  if (typeof command === 'string') {
    return command;
  }
  if (Array.isArray(command)) {
    const words = command.map(text);
    const shell = /(^|\/)(ba|z|da)?sh$/.test(words[0] ?? '') && /^-l?c$/.test(words[1] ?? '');
    return shell ? words.slice(2).join(' ') : words.join(' ');
  }
  return null;
}

/** Codex puts the exit code and the time before the output, or all three into JSON. */
function parsedOutput(given: unknown): { text: string; exitCode: number | null; millis: number | null; failed: boolean } {
  const said = contentText(given);
  const wrapped = said.startsWith('{"output"') ? object(parsed(said)) : {};
  if (typeof wrapped['output'] === 'string') {
    const metadata = object(wrapped['metadata']);
    const exitCode = number(metadata['exit_code']);
    const seconds = number(metadata['duration_seconds']);
    return { text: wrapped['output'], exitCode, millis: seconds === null ? null : seconds * 1000, failed: (exitCode ?? 0) !== 0 };
  }
  const head = /^(?:Chunk ID: .*\n)?(?:Wall time: ([\d.]+) seconds\n)?(?:Exit code: (-?\d+)\n)?(?:Process exited with code (-?\d+)\n)?(?:Wall time: ([\d.]+) seconds\n)?(?:Process running with session ID .*\n)?(?:Original token count: \d+\n)?(?:Total output lines: \d+\n)?Output:\n/.exec(said);
  if (head === null) {
    const success = object(given)['success'];
    return { text: said, exitCode: null, millis: null, failed: success === false };
  }
  const code = head[2] ?? head[3];
  const seconds = head[1] ?? head[4];
  const exitCode = code === undefined ? null : Number(code);
  return {
    text: said.slice(head[0].length),
    exitCode,
    millis: seconds === undefined ? null : Number(seconds) * 1000,
    failed: (exitCode ?? 0) !== 0,
  };
}

/** Changes of files as events list them: by path, or as a list. */
function changesOf(changes: unknown): FileChange[] {
  const all: [string, unknown][] = Array.isArray(changes)
    ? changes.map((change): [string, unknown] => [text(object(change)['path']), change])
    : Object.entries(object(changes));
  return all.map(([path, change]) => {
    const of = object(change);
    const kind = text(of['type']) || text(of['kind']) || text(object(of['kind'])['type']) || Object.keys(of)[0] || '';
    const inner = typeof of[kind] === 'object' ? object(of[kind]) : of;
    const action = kind === 'add' || kind === 'delete' ? kind : 'update';
    const content = text(inner['content']);
    const diff = text(inner['unified_diff']) || text(inner['diff']) || prefixed(content, action === 'delete' ? '-' : '+');
    return { path, action, diff };
  });
}

/** Changes of files in the input of `apply_patch`; none if the text is no such patch. */
export function changesOfPatch(patch: string): FileChange[] {
  const begin = patch.indexOf('*** Begin Patch');
  if (begin < 0) {
    return [];
  }
  const changes: FileChange[] = [];
  let lines: string[] = [];
  const finish = () => {
    const last = changes.at(-1);
    if (last !== undefined) {
      last.diff = lines.join('\n');
    }
    lines = [];
  };
  for (const line of patch.slice(begin).split('\n')) {
    const file = /^\*\*\* (Add|Update|Delete) File: (.*)$/.exec(line);
    if (file !== null) {
      finish();
      changes.push({ path: (file[2] ?? '').trim(), action: (file[1] ?? '').toLowerCase() as FileChange['action'], diff: '' });
    } else if (line.startsWith('*** End Patch')) {
      break;
    } else if (line.startsWith('*** Move to: ')) {
      const last = changes.at(-1);
      if (last !== undefined) {
        last.path += ` → ${line.slice('*** Move to: '.length).trim()}`;
      }
    } else if (/^[-+@ ]/.test(line) || line === '') {
      lines.push(line);
    }
  }
  finish();
  return changes;
}

function prefixed(content: string, sign: string): string {
  return content === '' ? '' : content.replace(/\n$/, '').replace(/^/gm, sign);
}

function toolName(of: Json): string {
  return [text(of['server']), text(of['tool'])].filter((word) => word !== '').join('.') || 'tool';
}

/** The text of a message, an output or a result, which may be a string, or blocks. */
export function contentText(content: unknown, depth = 0): string {
  if (typeof content === 'string') {
    return content;
  }
  if (depth > 4 || content === null || typeof content !== 'object') {
    return '';
  }
  if (Array.isArray(content)) {
    return content
      .map((part) => contentText(part, depth + 1))
      .filter((part) => part !== '')
      .join('\n');
  }
  const of = content as Json;
  for (const name of ['text', 'content', 'output', 'message', 'Ok', 'Err']) {
    if (of[name] !== undefined) {
      return contentText(of[name], depth + 1);
    }
  }
  return '';
}

const MAX_IMAGES = 20;
const INLINE_IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/;

/** The images of a payload; only bitmaps that the payload itself holds can be shown. */
function images(content: unknown): Image[] {
  const found: Image[] = [];
  const collect = (node: unknown, depth: number): void => {
    if (depth > 4 || found.length >= MAX_IMAGES) {
      return;
    }
    if (Array.isArray(node)) {
      node.forEach((part) => collect(part, depth + 1));
    } else if (typeof node === 'string') {
      if (depth > 0 && (node.startsWith('data:image/') || /^https?:/.test(node))) {
        found.push(image(node));
      }
    } else if (node !== null && typeof node === 'object') {
      const of = node as Json;
      const source = object(of['source']);
      const address = of['image_url'] ?? of['imageUrl'];
      if (typeof source['data'] === 'string') {
        found.push(image(`data:${text(source['media_type'])};base64,${source['data']}`));
      } else if (typeof address === 'string') {
        found.push(image(address));
      } else if (typeof object(address)['url'] === 'string') {
        found.push(image(text(object(address)['url'])));
      } else if (of['content'] !== undefined) {
        collect(of['content'], depth + 1);
      }
    }
  };
  collect(content, 0);
  return found;
}

function image(address: string): Image {
  const inline = INLINE_IMAGE.test(address);
  return { data: inline ? address : null, address: address.startsWith('data:') ? address.slice(0, 60) : address };
}

function strings(content: unknown): string[] {
  const parts = Array.isArray(content) ? content : content === undefined || content === null ? [] : [content];
  return parts.map((part) => contentText(part)).filter((part) => part !== '');
}

function parsed(given: unknown): unknown {
  if (typeof given === 'string' && /^\s*[[{"]/.test(given)) {
    try {
      return JSON.parse(given) as unknown;
    } catch {
      return given;
    }
  }
  return given;
}

function millisOf(of: unknown): number | null {
  const seconds = number(object(of)['secs']);
  return seconds === null ? null : seconds * 1000 + (number(object(of)['nanos']) ?? 0) / 1e6;
}

export function object(value: unknown): Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {};
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function pretty(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}
