/** The turns of a thread, in the order of their start, each with the beginning of its prompt. */

import { get, type Turn } from '../api/client';
import { Blocks } from '../transcript/blocks';
import { contentText } from '../transcript/entry';

const PAGE = 100;
const MAX_TURNS = 5000;
/** Items at the beginning of a turn in which its prompt is looked for. */
const PROMPT_ITEMS = 12;
const PROMPT_LENGTH = 300;

export class TurnList {
  turns = $state.raw<readonly Turn[]>([]);
  isComplete = $state(false);
  prompts = $state.raw<ReadonlyMap<string, string>>(new Map());
  private readonly asked = new Set<string>();

  constructor(private readonly threadId: string) {}

  /** Reads all turns, page by page. */
  async load(): Promise<void> {
    let cursor: string | null = null;
    const turns: Turn[] = [];
    do {
      const page: { data: Turn[]; nextCursor: string | null } = await get('/v1/threads/{threadId}/turns', {
        path: { threadId: this.threadId },
        query: { limit: PAGE, ...(cursor !== null && { cursor: Number(cursor) }) },
      });
      turns.push(...page.data);
      this.turns = [...turns];
      cursor = page.nextCursor;
    } while (cursor !== null && turns.length < MAX_TURNS);
    this.isComplete = cursor === null;
  }

  /** Reads a turn again that has begun or ended. */
  async refresh(turnId: string): Promise<void> {
    const turn = await get('/v1/threads/{threadId}/turns/{turnId}', { path: { threadId: this.threadId, turnId } });
    const known = this.turns.some((other) => other.id === turnId);
    this.turns = known ? this.turns.map((other) => (other.id === turnId ? turn : other)) : [...this.turns, turn];
  }

  /** The turn that an item belongs to, as far as the list is loaded. */
  at(ordinal: number): Turn | undefined {
    return this.turns.findLast((turn) => turn.firstOrdinal <= ordinal);
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
      const page = await get('/v1/threads/{threadId}/items', {
        path: { threadId: this.threadId },
        query: { after: turn.firstOrdinal - 1, limit: PROMPT_ITEMS, payload: 'preview' },
      });
      const blocks = new Blocks();
      page.data.forEach((item) => blocks.add(item));
      const entries = page.data.flatMap((item) => blocks.at(item.ordinal)?.entries ?? []);
      const said = entries.find(({ body }) => body.kind === 'message' && body.role === 'user')?.body;
      const text = said?.kind === 'message' ? contentText(said.text) : '';
      this.prompts = new Map(this.prompts).set(turn.id, text.trim().slice(0, PROMPT_LENGTH));
    } catch {
      this.asked.delete(turn.id);
    }
  }
}
