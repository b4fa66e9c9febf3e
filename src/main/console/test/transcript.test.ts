import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Gap, StoredItem, Thread } from '../src/api/client';

/** The tab: hidden, so that there is no stream until a test shows it. */
const tab = { hidden: true, changed: () => {} };
vi.stubGlobal('sessionStorage', { getItem: () => null });
vi.stubGlobal('window', { addEventListener: () => {}, removeEventListener: () => {} });
vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(draw, 16));
vi.stubGlobal('cancelAnimationFrame', clearTimeout);
vi.stubGlobal(
  'BroadcastChannel',
  class {
    postMessage(): void {}
    close(): void {}
  },
);
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
let isDown: boolean;
/** Characters of a whole item. All items are previews if there are any. */
let wholeLength: number;
/** Items of a page at most, whatever was asked for. */
let longestPage: number;
let send: (text: string) => void;
let endStream: () => void;
let canSend: () => boolean;
const count = 500;

beforeEach(() => {
  tab.hidden = true;
  isDown = false;
  wholeLength = 0;
  longestPage = Infinity;
  present = () => true;
  gaps = [];
  asked = [];
});

vi.stubGlobal('fetch', (address: string) => {
  asked.push(address);
  if (isDown) {
    return Promise.reject(new TypeError('connection refused'));
  }
  const at = new URL(address, 'http://service/console/');
  if (at.pathname.endsWith('/events')) {
    return Promise.resolve(new Response(streamOfEvents()));
  }
  if (at.pathname.endsWith('/gaps')) {
    return Promise.resolve(Response.json({ data: gaps, nextCursor: null }));
  }
  if (at.pathname.endsWith('/items')) {
    const data: StoredItem[] = [];
    const limit = Math.min(Number(at.searchParams.get('limit')), longestPage);
    for (let ordinal = Number(at.searchParams.get('after')) + 1; ordinal < count && data.length < limit; ordinal++) {
      if (present(ordinal)) {
        data.push({ ...item(ordinal, `message ${ordinal}`), ...(wholeLength > 0 && { truncated: { bytes: wholeLength } }) });
      }
    }
    const last = data.at(-1)?.ordinal ?? count - 1;
    return Promise.resolve(Response.json({ data, gaps, nextCursor: last < count - 1 ? String(last) : null }));
  }
  const whole = /\/items\/(\d+)$/.exec(at.pathname);
  return Promise.resolve(Response.json(whole === null ? thread() : item(Number(whole[1]), 'x'.repeat(wholeLength))));
});

function item(ordinal: number, message: string): StoredItem {
  return { ordinal, type: 'event_msg', payload: { type: 'user_message', message } };
}

function streamOfEvents(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      send = (text) => controller.enqueue(new TextEncoder().encode(text));
      endStream = () => controller.close();
      canSend = () => (controller.desiredSize ?? 0) > 0;
    },
  });
}

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

test('a gap that was repaired while the tab was hidden is gone when the tab is shown again', async () => {
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

test('pages with fewer items than were asked for are read on', async () => {
  longestPage = 7;
  const transcript = transcriptOf();
  await transcript.open(thread(), 250);
  expect(Array.from({ length: 100 }, (_, at) => transcript.itemAt(200 + at)?.ordinal)).toEqual(Array.from({ length: 100 }, (_, at) => 200 + at));
  expect(asked.filter((address) => address.includes('/items')).length).toBe(15);
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

describe('a service that is down', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is asked again after pauses that grow, for items and for events', async () => {
    tab.hidden = false;
    const transcript = transcriptOf();
    isDown = true;
    await transcript.open(thread(), 250);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    const inTenMinutes = (name: string) => asked.filter((address) => address.includes(name)).length;
    // 1, 2, 4, 8, 16 and then 30 seconds for two pages; 0.5, 1, 2, 4, 8 and then 10 seconds.
    expect(inTenMinutes('/events')).toBeLessThan(70);
    expect(inTenMinutes('/events')).toBeGreaterThan(50);
    expect(inTenMinutes('/items')).toBeLessThan(60);

    isDown = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(transcript.stream).toBe('live');
    transcript.close();
  });

  test('is not asked any more after the page was closed', async () => {
    tab.hidden = false;
    const transcript = transcriptOf();
    isDown = true;
    await transcript.open(thread(), 250);
    transcript.close();
    asked = [];
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(asked).toEqual([]);
  });
});

test('whole items that were loaded become previews again when they are too large together', async () => {
  wholeLength = 2_000_000;
  const transcript = transcriptOf();
  await transcript.open(thread(), 250);
  for (let ordinal = 240; ordinal < 260; ordinal++) {
    await transcript.loadWhole(ordinal);
  }
  const lengths = Array.from({ length: 20 }, (_, at) => JSON.stringify(transcript.itemAt(240 + at)).length);
  expect(lengths.at(-1)).toBeGreaterThan(wholeLength);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(13_000_000);
  transcript.close();
});

describe('a flood of events', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const appended = (first: number, end: number) =>
    Array.from({ length: end - first }, (_, at) => {
      const ordinal = first + at;
      return `id: ${ordinal}\nevent: item/appended\ndata: ${JSON.stringify({ ordinal, persisted: true, item: item(ordinal, 'new') })}\n\n`;
    }).join('');

  test('is applied completely, in a bounded part of the history', async () => {
    tab.hidden = false;
    const transcript = transcriptOf();
    await transcript.open(thread(), undefined);
    await vi.advanceTimersByTimeAsync(100);
    for (let first = count; first < 8_500; first += 1000) {
      send(appended(first, first + 1000));
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(transcript.count).toBe(8_500);
    expect([8_499, 8_000].map((ordinal) => transcript.itemAt(ordinal)?.ordinal)).toEqual([8_499, 8_000]);
    expect(transcript.itemAt(2_000)).toBeUndefined();
    transcript.close();
  });

  test('of large items keeps their previews', async () => {
    tab.hidden = false;
    const transcript = transcriptOf();
    await transcript.open(thread(), undefined);
    await vi.advanceTimersByTimeAsync(100);
    for (let ordinal = count; ordinal < count + 20; ordinal++) {
      send(`id: ${ordinal}\nevent: item/appended\ndata: ${JSON.stringify({ ordinal, persisted: true, item: item(ordinal, `${ordinal}${'x'.repeat(1_000_000)}`) })}\n\n`);
      await vi.advanceTimersByTimeAsync(100);
    }
    const items = Array.from({ length: 20 }, (_, at) => transcript.itemAt(count + at));
    expect(items.every((one) => one !== undefined && 'truncated' in one)).toBe(true);
    expect(JSON.stringify(items).length).toBeLessThan(200_000);
    transcript.close();
  });

  test('that comes after a revert is kept when the thread was read before it', async () => {
    tab.hidden = false;
    const transcript = transcriptOf();
    await transcript.open(thread(), undefined);
    await vi.advanceTimersByTimeAsync(100);
    send(`${appended(count, count + 5)}id: 502\nevent: thread/reverted\ndata: {"lastOrdinal":502}\n\n${appended(503, 510)}`);
    await vi.advanceTimersByTimeAsync(1000);
    expect(transcript.count).toBe(510);
    transcript.close();
  });

  test('continues at once after the service has ended the stream because the page was too slow', async () => {
    tab.hidden = false;
    const transcript = transcriptOf();
    await transcript.open(thread(), undefined);
    await vi.advanceTimersByTimeAsync(100);
    send(`${appended(count, count + 5)}event: stream/lagged\ndata: {"lastOrdinal":${count + 4}}\n\n`);
    endStream();
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.filter((address) => address.includes('/events'))).toEqual([`../v1/threads/t/events?after=${count - 1}`, `../v1/threads/t/events?after=${count + 4}`]);
    transcript.close();
  });

  test('is not read on while the browser draws no frame', async () => {
    vi.stubGlobal('requestAnimationFrame', () => 0);
    tab.hidden = false;
    const transcript = transcriptOf();
    await transcript.open(thread(), undefined);
    await vi.advanceTimersByTimeAsync(100);
    let first = count;
    for (; canSend() && first < 100_000; first += 1000) {
      send(appended(first, first + 1000));
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(first).toBeLessThan(30_000);
    transcript.close();

    const other = transcriptOf();
    await other.open(thread(), undefined);
    await vi.advanceTimersByTimeAsync(100);
    let length = 0;
    const large = 'x'.repeat(1_000_000);
    for (let ordinal = count; canSend() && length < 200_000_000; ordinal++) {
      send(`id: ${ordinal}\nevent: item/appended\ndata: ${JSON.stringify({ ordinal, persisted: true, item: item(ordinal, large) })}\n\n`);
      length += large.length;
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(length).toBeLessThan(30_000_000);
    other.close();
    vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(draw, 16));
  });
});
