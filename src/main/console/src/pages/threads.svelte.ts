/** The list of threads: pages of it, newest first, kept up to date by the events of all threads. */

import { get, messageOf, url, type Query, type Thread } from '../api/client';
import { openStream, type ServerEvent, type StreamState } from '../api/events';
import { Retry } from '../api/retry';

const PAGE = 100;
const REFRESH_MILLIS = 700;
/** Threads that are read again at most: of a longer list of which all may have changed, the rest is read when it is in sight. */
const MAX_FRESH = 1000;
/** A thread that is no longer in one of these states leaves the list, wherever it is. */
const STATES = ['status', 'completeness'] as const;

export const FILTERS = ['q', 'cwd', 'source', 'model', 'kind', 'archived', 'pinned', 'completeness', 'status'] as const;

export function filtersOf(query: URLSearchParams): Query {
  return Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]));
}

export class ThreadList {
  threads = $state.raw<readonly Thread[]>([]);
  isComplete = $state(false);
  isLoading = $state(true);
  failure = $state('');
  stream = $state<StreamState>('connecting');
  private query: Query = {};
  private cursor: string | null = null;
  private version = 0;
  /** Whether there was no stream since the list was read. */
  private hasMissed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly retry = new Retry(() => void this.refresh());

  /** Follows all threads; the result ends it. */
  follow(): () => void {
    const close = openStream({
      address: () => url('/v1/events'),
      onEvents: (events) => this.changed(events),
      onState: (state) => {
        // While there was no stream, everything can have changed.
        if (state === 'live' && this.stream !== 'live') {
          this.hasMissed = true;
          this.schedule();
        }
        this.stream = state;
      },
    });
    return () => {
      this.version++;
      clearTimeout(this.timer);
      this.retry.stop();
      close();
    };
  }

  async show(query: Query): Promise<void> {
    this.query = query;
    this.cursor = null;
    this.isComplete = false;
    const version = ++this.version;
    this.isLoading = true;
    await this.read(version, (page) => {
      this.threads = page;
    });
  }

  async more(): Promise<void> {
    if (!this.isLoading && !this.isComplete && this.cursor !== null) {
      this.isLoading = true;
      await this.read(this.version, (page) => {
        const known = new Set(this.threads.map((thread) => thread.id));
        this.threads = [...this.threads, ...page.filter((thread) => !known.has(thread.id))];
      });
    }
  }

  private async read(version: number, use: (page: readonly Thread[]) => void): Promise<void> {
    try {
      const page = await get('/v1/threads', { query: { ...this.query, limit: PAGE, cursor: this.cursor } as never });
      if (version === this.version) {
        use(page.data);
        this.cursor = page.nextCursor;
        this.isComplete = page.nextCursor === null;
        this.failure = '';
      }
    } catch (failure) {
      this.failed(version, failure);
    } finally {
      if (version === this.version) {
        this.isLoading = false;
      }
    }
  }

  private changed(events: readonly ServerEvent[]): void {
    const gone = new Set<string>();
    for (const event of events) {
      if (event.name === 'thread/deleted' || event.name === 'thread/archived' || event.name === 'thread/unarchived') {
        gone.add((JSON.parse(event.data) as { threadId: string }).threadId);
      }
    }
    if (gone.size > 0) {
      this.threads = this.threads.filter((thread) => !gone.has(thread.id));
    }
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.refresh();
    }, REFRESH_MILLIS);
  }

  /** Every change moves its thread to the front: as much of the list is read as can have changed. */
  private async refresh(): Promise<void> {
    const { version, hasMissed } = this;
    // Threads can have left the list without an event that says so.
    const canHaveLeft = hasMissed || STATES.some((name) => Boolean(this.query[name]));
    this.hasMissed = false;
    try {
      const fresh: Thread[] = [];
      let cursor: string | null = null;
      do {
        const page: { data: Thread[]; nextCursor: string | null } = await get('/v1/threads', {
          query: { ...this.query, limit: PAGE, cursor } as never,
        });
        if (version !== this.version) {
          return;
        }
        fresh.push(...page.data);
        cursor = page.nextCursor;
      } while (cursor !== null && fresh.length < Math.min(this.threads.length, MAX_FRESH) && (canHaveLeft || !this.joins(fresh)));
      this.replace(fresh, cursor, canHaveLeft);
      this.failure = '';
      this.retry.succeeded();
    } catch (failure) {
      this.hasMissed ||= hasMissed;
      this.failed(version, failure);
    }
  }

  private failed(version: number, failure: unknown): void {
    if (version === this.version) {
      this.failure = messageOf(failure);
      this.retry.later(failure);
    }
  }

  /** Whether a thread has not changed. All that have changed are in front of it. */
  private joins(fresh: readonly Thread[]): boolean {
    const before = new Map(this.threads.map((thread) => [thread.id, thread.updatedAt]));
    return fresh.some((thread) => before.get(thread.id) === thread.updatedAt);
  }

  private replace(fresh: readonly Thread[], cursor: string | null, canHaveLeft: boolean): void {
    const ids = new Set(fresh.map((thread) => thread.id));
    const rest = this.threads.filter((thread) => !ids.has(thread.id));
    const isRead = this.cursor !== null || this.isComplete;
    if (cursor !== null && isRead && !canHaveLeft && rest.length > 0 && this.joins(fresh)) {
      // The cursor stays that of a later page.
      this.threads = [...fresh, ...rest];
      return;
    }
    this.version++;
    this.isLoading = false;
    this.threads = fresh;
    this.cursor = cursor;
    this.isComplete = cursor === null;
  }
}
