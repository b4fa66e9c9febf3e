/** Tries again what has failed: with one timer, after pauses that grow until something succeeds. */

import { ApiError } from './client';

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

export class Retry {
  private pause = FIRST_PAUSE;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly run: () => void) {}

  /** A call that was refused for what it asks is not tried again. */
  later(failure: unknown): void {
    const isFinal = failure instanceof ApiError && failure.status < 500 && ![408, 429].includes(failure.status);
    if (!isFinal && this.timer === undefined) {
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.run();
      }, this.pause);
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    }
  }

  succeeded(): void {
    this.pause = FIRST_PAUSE;
  }

  /** No further try before the next failure. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
