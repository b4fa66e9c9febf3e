import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Gap, StoredItem, Thread } from '../src/api/client';

/** The tab: hidden, so that there is no stream until a test shows it. */
const tab = { hidden: true, changed: () => {} };
vi.stubGlobal('sessionStorage', { getItem: () => null });
vi.stubGlobal('window', { addEventListener: () => {}, removeEventListener: () => {} });
vi.stubGlobal('cancelAnimationFrame', () => {});
vi.stubGlobal('navigator', {});
vi.stubGlobal('document', {
  get hidden() {
    return tab.hidden;
  },
  addEventListener: (_: string, listener: () => void) => (tab.changed = listener),
  removeEventListener: () => {},
});
const { Transcript } = await import('../src/transcript/transcript.svelte');

/** The service: all items of one thread, and the addresses that were asked for. */
let present: (ordinal: number) => boolean;
let gaps: Gap[];
let asked: string[];
const count = 500;

beforeEach(() => {
  tab.hidden = true;
  present = () => true;
  gaps = [];
  asked = [];
});

vi.stubGlobal('fetch', (address: string) => {
  asked.push(address);
  const at = new URL(address, 'http://service/console/');
  if (at.pathname.endsWith('/events')) {
    return Promise.resolve(new Response(new ReadableStream()));
  }
  if (at.pathname.endsWith('/gaps')) {
    return Promise.resolve(Response.json({ data: gaps, nextCursor: null }));
  }
  if (at.pathname.endsWith('/items')) {
    const data: StoredItem[] = [];
    const limit = Number(at.searchParams.get('limit'));
    for (let ordinal = Number(at.searchParams.get('after')) + 1; ordinal < count && data.length < limit; ordinal++) {
      if (present(ordinal)) {
        data.push({ ordinal, type: 'event_msg', payload: { type: 'user_message', message: `message ${ordinal}` } });
      }
    }
    const last = data.at(-1)?.ordinal ?? count - 1;
    return Promise.resolve(Response.json({ data, gaps, nextCursor: last < count - 1 ? String(last) : null }));
  }
  return Promise.resolve(Response.json(thread()));
});

const thread = (forkedFromId: string | null = null) => ({ id: 't', nextOrdinal: count, forkedFromId, parentThreadId: null }) as Thread;
const gap: Gap = { id: 'g', threadId: 't', turnId: null, firstOrdinal: 50, lastOrdinal: 250, reason: 'storage_full', pending: false, recordedAt: '' };
const transcriptOf = (onThread: (read: Thread) => void = () => {}) => new Transcript('t', new Set(['people'] as const), () => {}, onThread);

test('a thread that was left before it was read has no stream', async () => {
  tab.hidden = false;
  const transcript = transcriptOf();
  transcript.close();
  await transcript.open(thread(), undefined);
  expect(asked).toEqual([]);
});

test('a gap that was repaired while the tab was hidden is gone when the tab is shown again', { timeout: 20_000 }, async () => {
  gaps = [gap];
  present = (ordinal) => ordinal < 50 || ordinal > 250;
  let read = 0;
  const transcript = transcriptOf(() => read++);
  await transcript.open(thread(), 60);
  expect(transcript.rowOf(60)).toBe(50);

  gaps = [];
  present = () => true;
  tab.hidden = false;
  tab.changed();
  await vi.waitFor(() => expect(transcript.rowOf(60)).toBe(60), { timeout: 10_000 });
  await transcript.goTo(60);
  expect(read).toBe(1);
  expect(asked).toContain('../v1/threads/t/gaps?limit=100');
  transcript.close();
});

describe('missing ordinals', () => {
  test('at the beginning of a copy are in the other thread', async () => {
    present = (ordinal) => ordinal >= 120;
    const transcript = transcriptOf();
    await transcript.open(thread('parent'), 130);
    expect(transcript.rowOf(60)).toBe(0);
    expect(transcript.rowOf(130)).toBe(130);
    transcript.close();
  });

  test('in the middle of a copy are a gap', async () => {
    present = (ordinal) => ordinal >= 120 && (ordinal < 300 || ordinal > 310);
    const transcript = transcriptOf();
    await transcript.open(thread('parent'), 305);
    expect([290, 300, 305, 310, 311].map((ordinal) => transcript.rowOf(ordinal))).toEqual([290, 300, 300, 300, 311]);
    transcript.close();
  });

  test('at the end are a gap, and hide nothing', async () => {
    present = (ordinal) => ordinal < 350;
    const transcript = transcriptOf();
    await transcript.open(thread(), 340);
    expect([340, 349, 350, 399].map((ordinal) => transcript.rowOf(ordinal))).toEqual([340, 349, 350, 350]);
    transcript.close();
  });
});
