import { afterEach, expect, test, vi } from 'vitest';
import { SHARED_STREAMS, SharedStream } from '../src/api/share';

/** Windows of one browser, whose messages arrive at once. */
class Channel {
  static all: Channel[] = [];
  onmessage: (event: { data: unknown }) => void = () => {};

  constructor() {
    Channel.all.push(this);
  }

  postMessage(data: unknown): void {
    Channel.all.filter((other) => other !== this).forEach((other) => other.onmessage({ data }));
  }

  close(): void {
    Channel.all = Channel.all.filter((other) => other !== this);
  }
}
vi.stubGlobal('BroadcastChannel', Channel);
vi.stubGlobal('window', { addEventListener: () => {}, removeEventListener: () => {} });

const lost: number[] = [];
const opened: SharedStream[] = [];
afterEach(() => {
  opened.splice(0).forEach((share) => share.close());
  lost.length = 0;
});

/** A tab with a stream, which it closes when other tabs need it. */
function tab(number: number): SharedStream {
  const share: SharedStream = new SharedStream(() => {
    lost.push(number);
    share.giveBack();
  });
  opened.push(share);
  share.take();
  return share;
}

test('the latest tabs have a stream', () => {
  Array.from({ length: SHARED_STREAMS + 2 }, (_, number) => tab(number));
  expect(lost).toEqual([0, 1]);
});

test('a stream that was given back leaves room for another', () => {
  const tabs = Array.from({ length: SHARED_STREAMS }, (_, number) => tab(number));
  tabs[2]?.giveBack();
  tab(4);
  expect(lost).toEqual([]);
  tab(5);
  expect(lost).toEqual([0]);
});

test('a tab that takes a stream again is the latest', () => {
  const tabs = Array.from({ length: SHARED_STREAMS }, (_, number) => tab(number));
  tabs[0]?.giveBack();
  tabs[0]?.take();
  tab(4);
  expect(lost).toEqual([1]);
});
