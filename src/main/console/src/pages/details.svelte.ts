/** The details of a thread and its turns, which are read again when events have changed them. */

import { get, messageOf, type Thread } from '../api/client';
import { Retry } from '../api/retry';
import { TurnList } from './turns.svelte';

/** Turns can begin and end many times a second; what has changed is read once for all of them. */
const CHANGES_MILLIS = 400;

export class Details {
  thread = $state.raw<Thread | undefined>(undefined);
  failure = $state('');
  readonly turns: TurnList;
  private hasChanged = false;
  private hasNewTurns = false;
  private isReading = false;
  private closed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly retry = new Retry(() => void this.read());

  constructor(private readonly threadId: string) {
    this.turns = new TurnList(threadId);
  }

  /** An event has changed the thread. Its counts change with every turn. */
  changed(hasNewTurns: boolean): void {
    this.hasChanged = true;
    this.hasNewTurns ||= hasNewTurns;
    this.schedule();
  }

  /** Reads the turns, now. */
  readTurns(): Promise<void> {
    this.hasNewTurns = true;
    return this.read();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.retry.stop();
  }

  private schedule(): void {
    if (!this.closed && !this.isReading) {
      this.timer ??= setTimeout(() => void this.read(), CHANGES_MILLIS);
    }
  }

  private async read(): Promise<void> {
    if (this.closed || this.isReading) {
      return;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    const { hasChanged, hasNewTurns } = this;
    this.hasChanged = this.hasNewTurns = false;
    this.isReading = true;
    try {
      if (hasChanged) {
        this.thread = await get('/v1/threads/{threadId}', { path: { threadId: this.threadId } });
      }
      if (hasNewTurns) {
        await this.turns.load();
      }
      this.failure = '';
      this.retry.succeeded();
    } catch (failure) {
      this.isReading = false;
      this.hasChanged ||= hasChanged;
      this.hasNewTurns ||= hasNewTurns;
      if (!this.closed) {
        this.failure = messageOf(failure);
        this.retry.later(failure);
      }
      return;
    }
    this.isReading = false;
    if (this.hasChanged || this.hasNewTurns) {
      this.schedule();
    }
  }
}
