import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serve } from './service';

const { Details } = await import('../src/pages/details.svelte');

let reads: string[];
let refused: (path: string) => boolean;
let status: number;

beforeEach(() => {
  vi.useFakeTimers();
  reads = [];
  status = 503;
  refused = () => false;
  serve(({ path }) => {
    reads.push(path);
    if (refused(path)) {
      return status;
    }
    return path.endsWith('/turns') ? { data: [{ id: 'a', firstOrdinal: 0, status: 'completed' }], nextCursor: null } : { id: 't', status: 'idle' };
  });
});
afterEach(() => void vi.useRealTimers());

describe('the details of a thread', () => {
  test('are read once for all changes of a while', async () => {
    const details = new Details('t');
    details.changed(false);
    details.changed(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reads).toEqual(['/v1/threads/t', '/v1/threads/t/turns']);
    expect(details.turns.turns).toHaveLength(1);
  });

  test('are read again by themselves after a failure, which is then over', async () => {
    const details = new Details('t');
    refused = (path) => path.endsWith('/turns');
    await details.readTurns();
    expect(details.failure).toBe('refused');
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    // After 1, 2, 4, 8, 16 and then 30 seconds.
    expect(reads.length).toBeGreaterThan(20);
    expect(reads.length).toBeLessThan(30);
    refused = () => false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect([details.failure, details.turns.turns.length]).toEqual(['', 1]);
    reads = [];
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(reads).toEqual([]);
  });

  test('are not read again when the service has none, or nobody looks', async () => {
    refused = () => true;
    status = 404;
    await new Details('t').readTurns();
    status = 503;
    const left = new Details('t');
    await left.readTurns();
    left.close();
    left.changed(true);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(reads).toHaveLength(2);
  });
});
