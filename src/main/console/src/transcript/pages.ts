/**
 * Which parts of a history are in memory.
 *
 * The browser keeps a limited number of pages; those that were out of sight for the longest time are dropped, and
 * those in sight never, because they would be loaded again at once. A page of which the filters show nothing is remembered as hidden when it is dropped. Its rows have no height, so all of
 * them are in sight at once: without that memory, each would be loaded again, and drop the next one, without end.
 */

export const PAGE = 100;
export const MAX_PAGES = 30;
/** Characters of JSON. */
export const MAX_LENGTH = 12_000_000;

export interface Page {
  /** Failed and hidden pages are not loaded again before [Pages.forget]. */
  state: 'loading' | 'loaded' | 'failed' | 'hidden';
  length: number;
  used: number;
  /** Ends when the page is loaded, or has failed. */
  done?: Promise<void>;
}

export class Pages {
  private readonly byNumber = new Map<number, Page>();
  private clock = 0;
  /** Pages that were used since then are in sight, or will be. */
  private lastChange = 0;

  /** The rows in sight have changed: [use] is called for each of their pages. */
  changeSight(): void {
    this.lastChange = ++this.clock;
  }

  get(number: number): Page | undefined {
    return this.byNumber.get(number);
  }

  /** The page of an ordinal. */
  of(ordinal: number): Page | undefined {
    return this.byNumber.get(Math.floor(ordinal / PAGE));
  }

  set(number: number, state: Page['state']): Page {
    const page: Page = { state, length: 0, used: ++this.clock };
    this.byNumber.set(number, page);
    return page;
  }

  delete(number: number): void {
    this.byNumber.delete(number);
  }

  use(page: Page): void {
    page.used = this.clock;
  }

  /** Whether the items of an ordinal are in memory, or are known to show nothing. */
  isRead(ordinal: number): boolean {
    const state = this.of(ordinal)?.state;
    return state === 'loaded' || state === 'hidden';
  }

  isHidden(ordinal: number): boolean {
    return this.of(ordinal)?.state === 'hidden';
  }

  has(state: Page['state']): boolean {
    return this.numbers(state).length > 0;
  }

  /** The numbers of the pages in one of these states. */
  numbers(...states: Page['state'][]): number[] {
    return [...this.byNumber].filter(([, page]) => states.includes(page.state)).map(([number]) => number);
  }

  /** From now on, pages in this state are loaded as soon as they are in sight. */
  forget(state: 'failed' | 'hidden'): void {
    this.numbers(state).forEach((number) => this.byNumber.delete(number));
  }

  clear(): void {
    this.byNumber.clear();
  }

  /**
   * Drops pages until the rest fits, and returns their numbers.
   *
   * @param last the page that new items are added to, which is never dropped
   * @param showsNothing whether the filters hide all items of a page
   */
  evict(last: number, showsNothing: (number: number) => boolean): number[] {
    const evicted: number[] = [];
    const loaded = [...this.byNumber]
      .filter(([number, page]) => page.state === 'loaded' && number !== last && page.used < this.lastChange)
      .sort(([, one], [, other]) => one.used - other.used);
    let count = this.byNumber.size - this.numbers('hidden').length;
    let length = [...this.byNumber.values()].reduce((sum, page) => sum + page.length, 0);
    for (const [number, page] of loaded) {
      if (count <= MAX_PAGES && length <= MAX_LENGTH) {
        break;
      }
      count--;
      length -= page.length;
      if (showsNothing(number)) {
        this.byNumber.set(number, { state: 'hidden', length: 0, used: page.used });
      } else {
        this.byNumber.delete(number);
      }
      evicted.push(number);
    }
    return evicted;
  }
}
