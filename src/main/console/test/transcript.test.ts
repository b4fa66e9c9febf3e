import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Gap, StoredItem, Thread } from '../src/api/client';
import type { Transcript as TranscriptType, TranscriptListener } from '../src/transcript/transcript.svelte';

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
/** Whether calls are refused, and streams are not. */
let isBusy: boolean;
/** Items that the service has, by all ordinals before this one. */
let total: number;
let said: (ordinal: number) => string;
/** Ordinals that the filters hide. */
let isFrame: (ordinal: number) => boolean;
/** Answers to calls with one of these paths are kept back. */
let held: { path: RegExp; answers: (() => void)[] } | null;
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
  isDown = isBusy = false;
  total = count;
  said = (ordinal) => `message ${ordinal}`;
  isFrame = () => false;
  held = null;
  wholeLength = 0;
  longestPage = Infinity;
  present = () => true;
  gaps = [];
  asked = [];
});

vi.stubGlobal('fetch', async (address: string) => {
  asked.push(address);
  if (isDown) {
    throw new TypeError('connection refused');
  }
  const at = new URL(address, 'http://service/console/');
  if (at.pathname.endsWith('/events')) {
    return new Response(streamOfEvents());
  }
  const answer = isBusy ? Response.json({ detail: 'busy' }, { status: 503 }) : Response.json(answerOf(at));
  if (held?.path.test(at.pathname)) {
    await new Promise<void>((resume) => held?.answers.push(resume));
  }
  return answer;
});

function answerOf(at: URL): unknown {
  if (at.pathname.endsWith('/gaps')) {
    return { data: gaps, nextCursor: null };
  }
  if (at.pathname.endsWith('/items')) {
    const data: StoredItem[] = [];
    const limit = Math.min(Number(at.searchParams.get('limit')), longestPage);
    for (let ordinal = Number(at.searchParams.get('after')) + 1; ordinal < total && data.length < limit; ordinal++) {
      if (present(ordinal)) {
        data.push({ ...item(ordinal, said(ordinal)), ...(wholeLength > 0 && { truncated: { bytes: wholeLength } }) });
      }
    }
    const last = data.at(-1)?.ordinal ?? total - 1;
    return { data, gaps, nextCursor: last < total - 1 ? String(last) : null };
  }
  const whole = /\/items\/(\d+)$/.exec(at.pathname);
  return whole === null ? thread() : item(Number(whole[1]), wholeLength > 0 ? 'x'.repeat(wholeLength) : said(Number(whole[1])));
}

function item(ordinal: number, message: string): StoredItem {
  return { ordinal, type: 'event_msg', payload: { type: isFrame(ordinal) ? 'other' : 'user_message', message } };
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

const thread = (forkedFromId: string | null = null) => ({ id: 't', nextOrdinal: total, forkedFromId, parentThreadId: null }) as Thread;
const gap: Gap = { id: 'g', threadId: 't', turnId: null, firstOrdinal: 50, lastOrdinal: 250, reason: 'storage_full', pending: false, recordedAt: '' };
const transcriptOf = (listener: Partial<TranscriptListener> = {}) =>
  new Transcript('t', new Set(['people'] as const), { changed: () => {}, read: () => {}, reverted: () => {}, ...listener });

async function open(transcript: TranscriptType, ordinal?: number, from = thread()): Promise<void> {
  await transcript.open(from);
  await (ordinal === undefined ? transcript.goToEnd() : transcript.goTo(ordinal));
}

test('a thread that was left before it was read has no stream', async () => {
  tab.hidden = false;
  const transcript = transcriptOf();
  transcript.close();
  await transcript.open(thread());
  expect(asked).toEqual([]);
});

test('a gap that was repaired while the tab was hidden is gone when the tab is shown again', async () => {
  gaps = [gap];
  present = (ordinal) => ordinal < 50 || ordinal > 250;
  let read = 0;
  const transcript = transcriptOf({ read: () => read++ });
  await open(transcript, 60);
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

/** A tab that was hidden for a while, in which the service got another history. */
async function hideWhile(transcript: TranscriptType, change: () => void): Promise<void> {
  tab.hidden = true;
  tab.changed();
  change();
  asked = [];
  tab.hidden = false;
  tab.changed();
  await vi.advanceTimersByTimeAsync(1000);
  expect(transcript.stream).toBe('live');
}

const textAt = (transcript: TranscriptType, ordinal: number) => (transcript.itemAt(ordinal)?.payload as { message: string } | undefined)?.message;

describe('a revert', () => {
  let reverts: number;
  beforeEach(() => {
    vi.useFakeTimers();
    reverts = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.stubGlobal('ResizeObserver', undefined);
  });

  async function followed(from = thread()): Promise<TranscriptType> {
    tab.hidden = false;
    const transcript = transcriptOf({ reverted: () => reverts++ });
    await open(transcript, undefined, from);
    await vi.advanceTimersByTimeAsync(100);
    return transcript;
  }

  test('while the tab was hidden is noticed when the history is shorter than before', async () => {
    const transcript = await followed();
    await hideWhile(transcript, () => (total = 300));
    expect([transcript.count, reverts]).toEqual([300, 1]);
    expect(transcript.itemAt(450)).toBeUndefined();
    transcript.close();
  });

  test('while the tab was hidden is noticed when the history is longer than before', async () => {
    const transcript = await followed();
    await hideWhile(transcript, () => {
      total = 700;
      said = (ordinal) => (ordinal < 300 ? `message ${ordinal}` : `new ${ordinal}`);
    });
    expect([transcript.count, reverts]).toEqual([700, 1]);
    await transcript.goTo(499);
    expect(textAt(transcript, 499)).toBe('new 499');
    transcript.close();
  });

  test('while the tab was hidden is noticed later when the service was busy at first', async () => {
    const transcript = await followed();
    await hideWhile(transcript, () => {
      isBusy = true;
      total = 700;
      said = () => 'new';
    });
    expect([transcript.failure, reverts]).toEqual(['busy', 0]);
    // These come from the new history, and say nothing about what was known.
    send(`id: 500\nevent: item/appended\ndata: ${JSON.stringify({ ordinal: 500, persisted: true, item: item(500, 'new') })}\n\n`);
    await vi.advanceTimersByTimeAsync(20_000);
    isBusy = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect([transcript.failure, reverts, transcript.count]).toEqual(['', 1, 700]);
    transcript.close();
  });

  test('that did not happen costs one item', async () => {
    const transcript = await followed();
    await hideWhile(transcript, () => (total = 520));
    expect(reverts).toBe(0);
    expect(asked.filter((address) => address.includes('/items'))).toEqual(['../v1/threads/t/items?after=498&limit=1&payload=preview']);
    expect(textAt(transcript, 499)).toBe('message 499');
    transcript.close();
  });

  test('outdates what was asked for before it', async () => {
    wholeLength = 10_000;
    const transcript = await followed();
    held = { path: /items\/450$/, answers: [] };
    const whole = transcript.loadWhole(450);
    total = 460;
    send('id: 400\nevent: thread/reverted\ndata: {"lastOrdinal":400}\n\n');
    endStream();
    await vi.advanceTimersByTimeAsync(1000);
    await transcript.goTo(450);
    held.answers.forEach((answer) => answer());
    await whole;
    expect([transcript.count, textAt(transcript, 450)]).toEqual([460, 'message 450']);
    transcript.close();
  });

  test('outdates what was asked for after another one', async () => {
    const transcript = await followed();
    held = { path: /threads\/t$/, answers: [] };
    total = 451;
    send('id: 450\nevent: thread/reverted\ndata: {"lastOrdinal":450}\n\n');
    endStream();
    await vi.advanceTimersByTimeAsync(1000);
    total = 301;
    const { answers } = held;
    held = null;
    send('id: 300\nevent: thread/reverted\ndata: {"lastOrdinal":300}\n\n');
    endStream();
    await vi.advanceTimersByTimeAsync(1000);
    answers.forEach((answer) => answer());
    await vi.advanceTimersByTimeAsync(1000);
    expect(transcript.count).toBe(301);
    transcript.close();
  });

  test('of a copy leaves the items of the other thread where they are', async () => {
    present = (ordinal) => ordinal >= 120;
    const transcript = await followed(thread('parent'));
    await transcript.goTo(130);
    held = { path: /threads\/t$/, answers: [] };
    send('id: 300\nevent: thread/reverted\ndata: {"lastOrdinal":300}\n\n');
    await vi.advanceTimersByTimeAsync(100);
    await transcript.goTo(10);
    expect([60, 119, 130].map((ordinal) => transcript.rowOf(ordinal))).toEqual([0, 0, 130]);
    transcript.close();
  });

  test('does not let rows overlap that stay as high as they were', async () => {
    vi.stubGlobal('ResizeObserver', FakeResizeObserver);
    isFrame = (ordinal) => ordinal % 2 === 1;
    const transcript = await followed();
    const page = new DrawnPage(transcript, 300);
    transcript.setFollow(true);
    page.draw();
    expect(page.distances()).toEqual(new Set([300]));

    send('id: 498\nevent: thread/reverted\ndata: {"lastOrdinal":498}\n\n');
    endStream();
    await vi.advanceTimersByTimeAsync(1000);
    page.draw();
    expect(page.distances()).toEqual(new Set([300]));
    expect(transcript.rows.every((row) => row.ordinal % 2 === 0)).toBe(true);
    transcript.close();
  });
});

/** Reports the sizes of elements that differ from those that it has reported. */
class FakeResizeObserver {
  static all: FakeResizeObserver[] = [];
  private readonly reported = new Map<DrawnRow, number>();

  constructor(private readonly report: (entries: unknown[]) => void) {
    FakeResizeObserver.all.push(this);
  }

  observe(target: DrawnRow): void {
    this.reported.set(target, this.reported.get(target) ?? 0);
  }

  unobserve(target: DrawnRow): void {
    this.reported.delete(target);
  }

  disconnect(): void {
    this.reported.clear();
  }

  frame(): void {
    const entries = [...this.reported].filter(([target, height]) => target.height > 0 && target.height !== height);
    entries.forEach(([target]) => this.reported.set(target, target.height));
    if (entries.length > 0) {
      this.report(entries.map(([target]) => ({ target, borderBoxSize: [{ blockSize: target.height }] })));
    }
  }
}

interface DrawnRow {
  dataset: { index: string };
  isConnected: boolean;
  height: number;
  remove: () => void;
}

/** The elements of the rows, which stay for as long as there is a row with their ordinal. */
class DrawnPage {
  private readonly elements = new Map<number, DrawnRow>();

  constructor(
    private readonly transcript: TranscriptType,
    private readonly blockHeight: number,
  ) {
    FakeResizeObserver.all.splice(0, FakeResizeObserver.all.length - 1);
    const scroller = { clientHeight: 900, scrollTop: 0, firstElementChild: { style: {} }, addEventListener: () => {}, removeEventListener: () => {} };
    transcript.list.attach(scroller as unknown as HTMLElement);
  }

  /** Frames, until all rows are where they belong. */
  draw(): void {
    for (let frame = 0; frame < 20; frame++) {
      const { rows } = this.transcript;
      for (const [ordinal, element] of this.elements) {
        if (!rows.some((row) => row.ordinal === ordinal)) {
          element.remove();
          this.elements.delete(ordinal);
        }
      }
      for (const row of rows) {
        const element = this.elements.get(row.ordinal) ?? { dataset: { index: String(row.ordinal) }, isConnected: true, height: 0, remove: () => {} };
        element.height = row.kind === 'block' ? this.blockHeight : 44;
        if (!this.elements.has(row.ordinal)) {
          element.remove = this.transcript.list.measure(element as unknown as HTMLElement);
          this.elements.set(row.ordinal, element);
        }
      }
      FakeResizeObserver.all.forEach((observer) => observer.frame());
    }
  }

  /** Pixels from one row to the next. */
  distances(): Set<number> {
    const { rows } = this.transcript;
    return new Set(rows.slice(1).map((row, at) => row.start - (rows[at]?.start ?? 0)));
  }
}

test('pages with fewer items than were asked for are read on', async () => {
  longestPage = 7;
  const transcript = transcriptOf();
  await open(transcript, 250);
  expect(Array.from({ length: 100 }, (_, at) => transcript.itemAt(200 + at)?.ordinal)).toEqual(Array.from({ length: 100 }, (_, at) => 200 + at));
  expect(asked.filter((address) => address.includes('/items')).length).toBe(15);
  transcript.close();
});

describe('missing ordinals', () => {
  test('at the beginning of a copy are in the other thread', async () => {
    present = (ordinal) => ordinal >= 120;
    const transcript = transcriptOf();
    await open(transcript, 130, thread('parent'));
    expect(transcript.rowOf(60)).toBe(0);
    expect(transcript.rowOf(130)).toBe(130);
    transcript.close();
  });

  test('in the middle of a copy are a gap', async () => {
    present = (ordinal) => ordinal >= 120 && (ordinal < 300 || ordinal > 310);
    const transcript = transcriptOf();
    await open(transcript, 305, thread('parent'));
    expect([290, 300, 305, 310, 311].map((ordinal) => transcript.rowOf(ordinal))).toEqual([290, 300, 300, 300, 311]);
    transcript.close();
  });

  test('at the end are a gap, and hide nothing', async () => {
    present = (ordinal) => ordinal < 350;
    const transcript = transcriptOf();
    await open(transcript, 340);
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
    await open(transcript, 250);
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

  test('is forgotten when the reader has left what could not be read', async () => {
    const transcript = transcriptOf();
    isDown = true;
    await open(transcript, 50);
    expect(transcript.failure).not.toBe('');
    isDown = false;
    await transcript.goToEnd();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(transcript.failure).toBe('');
    transcript.close();
  });

  test('only for calls is asked again for what happened while there was no stream', async () => {
    let read = 0;
    gaps = [gap];
    present = (ordinal) => ordinal < 50 || ordinal > 250;
    const transcript = transcriptOf({ read: () => read++ });
    await open(transcript, 60);
    gaps = [];
    present = () => true;
    isBusy = true;
    tab.hidden = false;
    tab.changed();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([transcript.stream, transcript.rowOf(60), read]).toEqual(['live', 50, 0]);
    isBusy = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect([transcript.rowOf(60), read]).toEqual([60, 1]);
    transcript.close();
  });

  test('is not asked any more after the page was closed', async () => {
    tab.hidden = false;
    const transcript = transcriptOf();
    isDown = true;
    await open(transcript, 250);
    transcript.close();
    asked = [];
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(asked).toEqual([]);
  });
});

test('whole items that were loaded become previews again when they are too large together', async () => {
  wholeLength = 2_000_000;
  const transcript = transcriptOf();
  await open(transcript, 250);
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
    await open(transcript);
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
    await open(transcript);
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
    await open(transcript);
    await vi.advanceTimersByTimeAsync(100);
    send(`${appended(count, count + 5)}id: 502\nevent: thread/reverted\ndata: {"lastOrdinal":502}\n\n${appended(503, 510)}`);
    await vi.advanceTimersByTimeAsync(1000);
    expect(transcript.count).toBe(510);
    transcript.close();
  });

  test('continues at once after the service has ended the stream because the page was too slow', async () => {
    tab.hidden = false;
    const transcript = transcriptOf();
    await open(transcript);
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
    await open(transcript);
    await vi.advanceTimersByTimeAsync(100);
    let first = count;
    for (; canSend() && first < 100_000; first += 1000) {
      send(appended(first, first + 1000));
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(first).toBeLessThan(30_000);
    transcript.close();

    const other = transcriptOf();
    await open(other);
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
