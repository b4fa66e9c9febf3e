/** The list of threads: pages of it, newest first, kept up to date by the events of all threads. */

import { get, messageOf, url, type Query, type Thread } from '../api/client';
import { openStream, type ServerEvent, type StreamState } from '../api/events';

const PAGE = 100;
const REFRESH_MILLIS = 700;

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
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Follows all threads; the result ends it. */
  follow(): () => void {
    const close = openStream({
      address: () => url('/v1/events'),
      onEvents: (events) => this.changed(events),
      onState: (state) => {
        // While there was no stream, everything can have changed.
        if (state === 'live' && this.stream !== 'live') {
          this.schedule();
        }
        this.stream = state;
      },
    });
    return () => {
      clearTimeout(this.timer);
      close();
    };
  }

  async show(query: Query): Promise<void> {
    this.query = query;
    this.cursor = null;
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
      if (version === this.version) {
        this.failure = messageOf(failure);
      }
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

  /** Every change moves its thread to the front, so the first page has all that changed lately. */
  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.refresh();
    }, REFRESH_MILLIS);
  }

  private async refresh(): Promise<void> {
    const version = this.version;
    try {
      const page = await get('/v1/threads', { query: { ...this.query, limit: PAGE } as never });
      if (version === this.version) {
        const fresh = new Set(page.data.map((thread) => thread.id));
        const rest = page.nextCursor === null ? [] : this.threads.filter((thread) => !fresh.has(thread.id));
        this.threads = [...page.data, ...rest];
        // Otherwise the cursor is that of a later page. It is missing if the first page could not be read before.
        if (rest.length === 0 || this.cursor === null) {
          this.cursor = page.nextCursor;
          this.isComplete = page.nextCursor === null;
        }
        this.failure = '';
      }
    } catch (failure) {
      if (version === this.version) {
        this.failure = messageOf(failure);
      }
    }
  }
}
