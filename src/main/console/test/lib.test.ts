import { describe, expect, test } from 'vitest';
import { runsOf } from '../src/lib/diff';
import { bytes, directory, duration, tokens } from '../src/lib/format';
import { daysBetween, seriesOf, ticksOf, type Group } from '../src/lib/usage';

describe('numbers for people', () => {
  test('have one unit', () => {
    expect([512, 2048, 1_500_000].map(bytes)).toEqual(['512 B', '2.0 KB', '1.4 MB']);
    expect([12, 1500, 61_000, 7_200_000, 300_000_000].map(duration)).toEqual(['12 ms', '1.5 s', '1 min 1 s', '2 h 0 min', '3 d']);
  });

  test('count tokens in the names of each agent', () => {
    expect(tokens({ total_tokens: 120, input_tokens: 100 })).toBe(120);
    expect(tokens({ input_tokens: 100, output_tokens: 7 })).toBe(107);
    expect(tokens({ input_tokens: 'many' })).toBe(0);
    expect(tokens(null)).toBe(0);
  });

  test('show the end of a directory', () => {
    expect(['/home/dev/project', '/srv', 'C:\\Users\\me\\code'].map(directory)).toEqual(['…/dev/project', '/srv', '…/me/code']);
  });
});

test('a diff has one run for each change of kind', () => {
  expect(runsOf('@@ -1 +1 @@\n a\n-b\n-c\n+d\n').map((run) => [run.kind, run.text])).toEqual([
    ['head', '@@ -1 +1 @@'],
    ['same', ' a'],
    ['remove', '-b\n-c'],
    ['add', '+d'],
  ]);
});

describe('a chart of usage', () => {
  const group = (day: string, model: string | null, total: number): Group => ({
    key: { day, model },
    thread: null,
    turns: 1,
    threads: 1,
    tokens: { input: total, cachedInput: 0, output: 0, reasoning: 0, total },
    cost: null,
  });
  const value = (one: Group) => one.tokens.total;

  test('has all days, also those without usage', () => {
    expect(daysBetween('2026-02-27', '2026-03-01')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
  });

  test('has the largest groups, and the sum of all others', () => {
    const groups = [group('2026-01-01', 'a', 5), group('2026-01-02', 'a', 5), group('2026-01-01', 'b', 4), group('2026-01-02', null, 3), group('2026-01-02', 'c', 2)];
    expect(seriesOf(groups, 'model', daysBetween('2026-01-01', '2026-01-02'), 3, value)).toEqual([
      { name: 'a', values: [5, 5] },
      { name: 'b', values: [4, 0] },
      { name: 'others', values: [0, 5] },
    ]);
  });

  test('has an axis of round numbers that reaches above the highest bar', () => {
    expect([1, 4, 37, 1_234_567].map(ticksOf)).toEqual([
      [0, 0.5, 1],
      [0, 1, 2, 3, 4],
      [0, 10, 20, 30, 40],
      [0, 500_000, 1_000_000, 1_500_000],
    ]);
  });

  test('leaves out days that are not shown', () => {
    expect(seriesOf([group('2025-12-31', 'a', 5)], 'model', ['2026-01-01'], 3, value)).toEqual([{ name: 'a', values: [0] }]);
  });
});
