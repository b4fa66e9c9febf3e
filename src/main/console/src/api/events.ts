/**
 * Server-sent events, read with `fetch`, because an `EventSource` cannot send the token.
 *
 * A browser has six connections to one HTTP/1.1 server for all its tabs. So a tab has one stream at a time, and
 * none while it is hidden. If more tabs are visible, in windows of their own, the latest ones have a stream, and the
 * others wait until they get the focus. The stream continues after the last `id` that it has seen.
 */

import { ApiError, send } from './client';
import { EventParser, type ServerEvent } from './parser';

export type { ServerEvent } from './parser';

export type StreamState = 'connecting' | 'live' | 'paused' | 'broken' | 'gone';

export interface StreamOptions {
  /** The address; `after` is the last id, or undefined before the first event. */
  address(after: string | undefined): string;
  /** All events that arrived together. */
  onEvents(events: ServerEvent[]): void;
  onState(state: StreamState): void;
  /** Where the first connection begins. */
  after?: string;
}

/** Of all tabs together, so that two connections are left for other calls. */
const SHARED_STREAMS = 4;
/** A stream has a heartbeat every 15 seconds, unless the operator has set another time. */
const LONGEST_SILENCE = 60_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

/**
 * Takes one of the streams that all tabs share, from another tab if there is none left.
 *
 * @param onLost called if another tab takes it
 * @returns gives it back
 */
async function takeStream(onLost: () => void): Promise<() => void> {
  // Not there if the page came over plain HTTP from another machine.
  const locks: LockManager | undefined = navigator.locks;
  if (locks === undefined) {
    return () => {};
  }
  const take = (number: number, options: LockOptions) =>
    new Promise<(() => void) | null>((taken) => {
      locks
        .request(`rollbook.stream.${number}`, options, (lock) => {
          if (lock === null) {
            taken(null);
            return undefined;
          }
          return new Promise<void>((release) => taken(release));
        })
        .catch(onLost);
    });
  for (let number = 0; number < SHARED_STREAMS; number++) {
    const release = await take(number, { ifAvailable: true });
    if (release !== null) {
      return release;
    }
  }
  return (await take(Math.floor(Math.random() * SHARED_STREAMS), { steal: true })) ?? (() => {});
}

/** Opens a stream; the result closes it. */
export function openStream(options: StreamOptions): () => void {
  let last = options.after;
  let pause = FIRST_PAUSE;
  let closed = false;
  let isPaused = false;
  let giveBack: (() => void) | undefined;
  let abort: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  /** A connection can be dead without an error, for example after a laptop slept. */
  function watch(): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => void connect(), LONGEST_SILENCE);
  }

  function pauseStream(): void {
    clearTimeout(timer);
    clearTimeout(watchdog);
    abort?.abort();
    giveBack?.();
    giveBack = undefined;
    isPaused = true;
    options.onState('paused');
  }

  async function connect(): Promise<void> {
    clearTimeout(timer);
    abort?.abort();
    const own = (abort = new AbortController());
    isPaused = false;
    options.onState('connecting');
    if (giveBack === undefined) {
      const release = await takeStream(() => {
        giveBack = undefined;
        pauseStream();
      });
      if (own.signal.aborted || closed) {
        release();
        return;
      }
      giveBack = release;
    }
    watch();
    try {
      const response = await send('GET', options.address(last), {
        headers: { Accept: 'text/event-stream' },
        signal: own.signal,
      });
      options.onState('live');
      pause = FIRST_PAUSE;
      await read(response, own.signal);
      throw new TypeError('the stream ended');
    } catch (failure) {
      if (own.signal.aborted || closed) {
        return;
      }
      clearTimeout(watchdog);
      if (failure instanceof ApiError && (failure.status === 404 || failure.status === 401)) {
        giveBack?.();
        giveBack = undefined;
        options.onState('gone');
        return;
      }
      options.onState('broken');
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
      const events = parser.push(value);
      for (const event of events) {
        last = event.id === '' ? last : event.id;
      }
      if (events.length > 0) {
        options.onEvents(events);
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
    document.removeEventListener('visibilitychange', visibility);
    window.removeEventListener('focus', visibility);
  };
}
