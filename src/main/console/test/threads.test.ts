import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Thread } from '../src/api/client';

vi.mock('../src/api/events', () => ({ openStream: (options: StreamOptions) => ((stream = options), () => {}) }));
import type { StreamOptions } from '../src/api/events';
import { serve } from './service';

let stream: StreamOptions;
const { ThreadList } = await import('../src/pages/threads.svelte');

/** The threads of the service by their id, with the time of their last change. */
let updated: Map<string, number>;
let isRefused: boolean;
let reads: number;

beforeEach(() => {
  vi.useFakeTimers();
  isRefused = false;
  reads = 0;
  updated = new Map(Array.from({ length: 300 }, (_, at) => [`old ${at}`, at]));
  serve(({ query }) => {
    reads++;
    if (isRefused) {
      return 503;
    }
    const first = Number(query.get('cursor') ?? 0);
    const all = inOrder();
    return { data: all.slice(first, first + 100), nextCursor: first + 100 < all.length ? String(first + 100) : null };
  });
});
afterEach(() => void vi.useRealTimers());

const inOrder = () => [...updated].sort(([, one], [, other]) => other - one).map(([id, at]) => ({ id, updatedAt: String(at) }) as Thread);
const names = (threads: readonly Thread[]) => threads.map((thread) => thread.id);

async function shown(pages: number, query = {}): Promise<InstanceType<typeof ThreadList>> {
  const list = new ThreadList();
  list.follow();
  await list.show(query);
  for (let page = 1; page < pages; page++) {
    await list.more();
  }
  return list;
}

async function hear(...names: string[]): Promise<void> {
  void stream.onEvents(names.map((name) => ({ id: '', name, data: '{"threadId":"?"}' })));
  await vi.advanceTimersByTimeAsync(5000);
}

async function readOn(list: InstanceType<typeof ThreadList>): Promise<void> {
  while (!list.isComplete) {
    await list.more();
  }
}

describe('a list of threads', () => {
  test('has each thread, however many have come at once', async () => {
    const list = await shown(1);
    Array.from({ length: 150 }, (_, at) => updated.set(`new ${at}`, 1000 + at));
    await hear('thread/started');
    await readOn(list);
    expect(names(list.threads)).toEqual(names(inOrder()));
  });

  test('begins anew when more have come than it reads at once', async () => {
    const list = await shown(3);
    Array.from({ length: 2000 }, (_, at) => updated.set(`new ${at}`, 1000 + at));
    await hear('thread/started');
    await readOn(list);
    expect(names(list.threads)).toEqual(names(inOrder()));
  });

  test('keeps what was read of it when one has changed, with one call', async () => {
    const list = await shown(3);
    expect(list.isComplete).toBe(true);
    updated.set('old 5', 1000);
    reads = 0;
    await hear('turn/completed');
    expect(names(list.threads)).toEqual(names(inOrder()));
    expect([list.isComplete, reads]).toEqual([true, 1]);
  });

  test('of running ones loses those that have ended, wherever they are', async () => {
    const list = await shown(3, { status: 'active' });
    updated.delete('old 5');
    await hear('turn/completed');
    expect(names(list.threads)).toEqual(names(inOrder()));
  });

  test('loses those that were deleted while there was no stream', async () => {
    const list = await shown(3);
    stream.onState('paused');
    updated.delete('old 5');
    stream.onState('live');
    await vi.advanceTimersByTimeAsync(5000);
    expect(names(list.threads)).toEqual(names(inOrder()));
  });

  test('is read again by itself when that has failed', async () => {
    const list = await shown(1);
    isRefused = true;
    updated.set('new', 1000);
    await hear('thread/started');
    expect(list.failure).toBe('refused');
    isRefused = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect([list.failure, list.threads[0]?.id]).toEqual(['', 'new']);
  });

  test('is read by itself when it could not be read at first', async () => {
    isRefused = true;
    const list = await shown(1);
    isRefused = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(names(list.threads)).toEqual(names(inOrder().slice(0, 100)));
  });
});
