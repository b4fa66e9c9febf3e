/**
 * Server-sent events, read with `fetch`, because an `EventSource` cannot send the token.
 *
 * A browser has six connections to one HTTP/1.1 server for all its tabs. So a tab has one stream at a time, and
 * none while it is hidden. If more tabs are visible, in windows of their own, the latest ones have a stream, and the
 * others wait until they get the focus. The stream continues after the last `id` that it has seen.
 */

import { ApiError, send } from './client';
import { EventParser, type ServerEvent } from './parser';
import { SharedStream } from './share';

export type { ServerEvent } from './parser';

export type StreamState = 'connecting' | 'live' | 'paused' | 'broken' | 'gone';

export interface StreamOptions {
  /** The address; `after` is the last id, or undefined before the first event. */
  address(after: string | undefined): string;
  /** All events that arrived together. The stream is read on when the promise is kept. */
  onEvents(events: ServerEvent[]): void | Promise<void>;
  onState(state: StreamState): void;
  /** Where the first connection begins. */
  after?: string;
}

/** A stream has a heartbeat every 15 seconds, unless the operator has set another time. */
const LONGEST_SILENCE = 60_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** A stream that ends sooner is one that failed: the pause before the next one grows. */
const SHORTEST_STREAM = 5000;

/** Opens a stream; the result closes it. */
export function openStream(options: StreamOptions): () => void {
  let last = options.after;
  let pause = FIRST_PAUSE;
  let closed = false;
  let isPaused = false;
  /** Whether the service said that it ends the stream, and the next one can follow at once. */
  let hasEnded = false;
  let abort: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  /** A connection can be dead without an error, for example after a laptop slept. */
  function watch(): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => void connect(), LONGEST_SILENCE);
  }

  const share = new SharedStream(pauseStream);

  function pauseStream(): void {
    clearTimeout(timer);
    clearTimeout(watchdog);
    abort?.abort();
    share.giveBack();
    isPaused = true;
    options.onState('paused');
  }

  async function connect(): Promise<void> {
    clearTimeout(timer);
    abort?.abort();
    const own = (abort = new AbortController());
    const first = last;
    let began = Infinity;
    hasEnded = false;
    isPaused = false;
    options.onState('connecting');
    share.take();
    watch();
    try {
      const response = await send('GET', options.address(last), {
        headers: { Accept: 'text/event-stream' },
        signal: own.signal,
      });
      options.onState('live');
      began = performance.now();
      await read(response, own.signal);
      throw new TypeError('the stream ended');
    } catch (failure) {
      if (own.signal.aborted || closed) {
        return;
      }
      clearTimeout(watchdog);
      const canContinue = hasEnded && last !== first;
      if (canContinue || performance.now() - began > SHORTEST_STREAM) {
        pause = FIRST_PAUSE;
      }
      if (failure instanceof ApiError && (failure.status === 404 || failure.status === 401)) {
        share.giveBack();
        options.onState('gone');
        return;
      }
      options.onState('broken');
      if (canContinue) {
        void connect();
        return;
      }
      timer = setTimeout(() => void connect(), pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  async function read(response: Response, signal: AbortSignal): Promise<void> {
    if (response.body === null) {
      return;
    }
    const parser = new EventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) {
        return;
      }
      watch();
      const parsed = parser.push(value);
      for (const event of parsed) {
        last = event.id === '' ? last : event.id;
        hasEnded ||= event.name === 'stream/lagged' || event.name === 'thread/reverted';
      }
      const events = parsed.filter((event) => event.data !== '');
      if (events.length > 0) {
        await options.onEvents(events);
        watch();
      }
    }
  }

  function visibility(): void {
    if (document.hidden) {
      pauseStream();
    } else if (isPaused) {
      void connect();
    }
  }

  document.addEventListener('visibilitychange', visibility);
  window.addEventListener('focus', visibility);
  if (document.hidden) {
    pauseStream();
  } else {
    void connect();
  }
  return () => {
    closed = true;
    pauseStream();
    share.close();
    document.removeEventListener('visibilitychange', visibility);
    window.removeEventListener('focus', visibility);
  };
}
