/** The turns of a thread, in the order of their start, each with the beginning of its prompt. */

import { ApiError, get, type StoredItem, type Turn } from '../api/client';
import { entryOf } from '../transcript/entry';

const PAGE = 100;
const MAX_TURNS = 5000;
/** Turns that are read again, because they may have ended. More than one can run only if a client has left them open. */
const MAX_RUNNING = 4;
/** Items at the beginning of a turn in which its prompt is looked for. */
const PROMPT_ITEMS = 12;
const PROMPT_LENGTH = 300;

export class TurnList {
  turns = $state.raw<readonly Turn[]>([]);
  isComplete = $state(false);
  prompts = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Of the last page that was read, which is read again because turns are added to it. */
  private cursor: string | null = null;
  private readonly asked = new Set<string>();
  /** Changes when all turns can be others: what was asked for before that is old. */
  private version = 0;
  /** Turns whose prompt could not be read, or was not there yet. */
  private readonly failed: string[] = [];

  constructor(private readonly threadId: string) {}

  /** Reads all turns, page by page; later only those that are new or may have ended since. */
  async load(): Promise<void> {
    const { version } = this;
    const running = this.turns.filter((turn) => turn.status === 'inProgress').slice(-MAX_RUNNING);
    this.failed.splice(0).forEach((id) => this.asked.delete(id));
    const read = await Promise.all(running.map((turn) => this.readTurn(turn.id)));
    if (version !== this.version) {
      return;
    }
    this.turns = this.turns.filter((turn) => !running.some((one, at) => one.id === turn.id && read[at] === undefined));
    this.add(read.filter((turn) => turn !== undefined));
    for (let isLast = false; !isLast && this.turns.length < MAX_TURNS; ) {
      const page: { data: Turn[]; nextCursor: string | null } = await get('/v1/threads/{threadId}/turns', {
        path: { threadId: this.threadId },
        query: { limit: PAGE, ...(this.cursor !== null && { cursor: Number(this.cursor) }) },
      });
      if (version !== this.version) {
        return;
      }
      this.add(page.data);
      isLast = page.nextCursor === null;
      this.isComplete = isLast;
      this.cursor = page.nextCursor ?? this.cursor;
    }
  }

  /** Nothing if there is no such turn any more. */
  private async readTurn(turnId: string): Promise<Turn | undefined> {
    try {
      return await get('/v1/threads/{threadId}/turns/{turnId}', { path: { threadId: this.threadId, turnId } });
    } catch (failure) {
      if (failure instanceof ApiError && failure.status === 404) {
        return undefined;
      }
      throw failure;
    }
  }

  /** All turns can be others. */
  clear(): void {
    this.version++;
    this.turns = [];
    this.cursor = null;
  }

  private add(turns: readonly Turn[]): void {
    if (turns.length > 0) {
      const byId = new Map(this.turns.map((turn) => [turn.id, turn]));
      turns.forEach((turn) => byId.set(turn.id, turn));
      this.turns = [...byId.values()];
    }
  }

  /** The turn that an item belongs to, as far as the list is loaded. */
  at(ordinal: number): Turn | undefined {
    let low = 0;
    let high = this.turns.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.turns[middle]?.firstOrdinal ?? 0) <= ordinal) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return this.turns[low - 1];
  }

  /** Reads the prompts of turns that are in sight. */
  ask(turns: readonly Turn[]): void {
    for (const turn of turns) {
      if (!this.asked.has(turn.id)) {
        this.asked.add(turn.id);
        void this.readPrompt(turn);
      }
    }
  }

  private async readPrompt(turn: Turn): Promise<void> {
    try {
      const last = turn.firstOrdinal + PROMPT_ITEMS - 1;
      let text = '';
      // A page with large items has fewer than were asked for.
      for (let after: number | null = turn.firstOrdinal - 1; after !== null && after < last && text === ''; ) {
        const page: { data: StoredItem[]; nextCursor: string | null } = await get('/v1/threads/{threadId}/items', {
          path: { threadId: this.threadId },
          query: { after, limit: last - after, payload: 'preview' },
        });
        const said = page.data.map((item) => entryOf(item).body).find((body) => body.kind === 'message' && body.role === 'user');
        text = said?.kind === 'message' ? said.text.trim() : '';
        after = page.nextCursor === null ? null : Math.max(Number(page.nextCursor), after + 1);
      }
      if (text === '' && turn.status === 'inProgress') {
        this.failed.push(turn.id);
      } else {
        this.prompts = new Map(this.prompts).set(turn.id, text.slice(0, PROMPT_LENGTH));
      }
    } catch {
      // Asked again when the turns are read again, not with each row that comes into sight.
      this.failed.push(turn.id);
    }
  }
}
