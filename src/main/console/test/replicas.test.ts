import { expect, test } from 'vitest';
import { replicasOf } from '../src/lib/replicas';

const SECOND = { name: 'second', address: 'http://10.0.0.2:8080', version: '1.1', state: 'gone', silentFor: 'PT8.013S' };

test('there are no replicas without the component of the health', () => {
  expect(replicasOf(undefined)).toBeUndefined();
});

test('all replicas are shown, this one first', () => {
  const view = replicasOf({
    status: 'DEGRADED',
    details: {
      name: 'first',
      version: '1.0',
      ownedThreads: 7,
      replicas: [SECOND],
      impact: 'the other replicas do the work of second',
      remedy: 'start it again',
      lastTakeover: { at: '2026-12-01T12:00:00Z', from: 'second' },
    },
  });

  expect(view?.all).toEqual([
    { name: 'first', address: '', version: '1.0', state: 'this one', silentFor: '' },
    SECOND,
  ]);
  expect(view?.isUp).toBe(false);
  expect(view?.ownedThreads).toBe(7);
  expect(view?.trouble).toBe('the other replicas do the work of second');
  expect(view?.remedy).toBe('start it again');
  expect(view?.takeover).toEqual({ at: '2026-12-01T12:00:00Z', from: 'second' });
});

test('the others are unknown while the database is away', () => {
  const view = replicasOf({ status: 'UNKNOWN', details: { name: 'first', replicas: [], error: 'not read' } });

  expect(view?.isUp).toBe(false);
  expect(view?.trouble).toBe('not read');
  expect(view?.all).toHaveLength(1);
  expect(view?.takeover).toBeUndefined();
});

test('details may be missing, which only some callers see', () => {
  expect(replicasOf({ status: 'UP' })?.all).toHaveLength(1);
});
