import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Turn } from '../src/api/client';
import { serve } from './service';

const { TurnList } = await import('../src/pages/turns.svelte');

const turn = (firstOrdinal: number, status: Turn['status'] = 'completed', name = `turn ${firstOrdinal}`) => ({ id: name, firstOrdinal, status }) as Turn;

/** The turns that the service has, in pages of two, and the items of their prompts. */
let present: Turn[];
let prompt: string | null;
/** Calls that are answered when a test lets them. */
let answers: (() => void)[];
let isHeld: boolean;

beforeEach(() => {
  present = [];
  prompt = null;
  answers = [];
  isHeld = false;
  serve(async ({ path, query }) => {
    const answer = answerOf(path, query);
    if (isHeld) {
      await new Promise<void>((resume) => answers.push(resume));
    }
    return answer;
  });
});

function answerOf(path: string, query: URLSearchParams): unknown {
  if (path.endsWith('/items')) {
    return { data: prompt === null ? [] : [{ ordinal: 0, type: 'event_msg', payload: { type: 'user_message', message: prompt } }], nextCursor: null };
  }
  const id = /\/turns\/(.+)$/.exec(path)?.[1];
  if (id !== undefined) {
    return present.find((one) => one.id === decodeURIComponent(id)) ?? 404;
  }
  const after = Number(query.get('cursor') ?? -1);
  const rest = present.filter((one) => one.firstOrdinal > after);
  return { data: rest.slice(0, 2), nextCursor: rest.length > 2 ? String(rest[1]?.firstOrdinal) : null };
}

const ids = (list: InstanceType<typeof TurnList>) => list.turns.map((one) => one.id);

describe('a list of turns', () => {
  test('has no turn that was read before a revert', async () => {
    present = [turn(0), turn(10), turn(20)];
    const list = new TurnList('t');
    isHeld = true;
    const loaded = list.load();
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    list.clear();
    present = [turn(0), turn(15, 'completed', 'other')];
    isHeld = false;
    await list.load();
    answers.forEach((answer) => answer());
    await loaded;
    expect(ids(list)).toEqual(['turn 0', 'other']);
    expect([0, 14, 15].map((ordinal) => list.at(ordinal)?.id)).toEqual(['turn 0', 'turn 0', 'other']);
  });

  test('is read on when a running turn is gone', async () => {
    present = [turn(0), turn(10, 'inProgress')];
    const list = new TurnList('t');
    await list.load();
    present = [turn(0), turn(12, 'completed', 'other')];
    await list.load();
    expect(ids(list)).toEqual(['turn 0', 'other']);
  });

  test('asks again for the prompt of a running turn that has none yet', async () => {
    present = [turn(0, 'inProgress')];
    const list = new TurnList('t');
    await list.load();
    list.ask(list.turns);
    await vi.waitFor(async () => {
      prompt = 'Do it.';
      await list.load();
      list.ask(list.turns);
      expect(list.prompts.get('turn 0')).toBe('Do it.');
    });
  });

  test('says that a turn that has ended has no prompt', async () => {
    present = [turn(0)];
    const list = new TurnList('t');
    await list.load();
    list.ask(list.turns);
    await vi.waitFor(() => expect(list.prompts.get('turn 0')).toBe(''));
  });
});
