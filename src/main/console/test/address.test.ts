import { expect, test } from 'vitest';
import { parse, threadAddress } from '../src/lib/address';

test('an address names a page, a thread, an item and parameters', () => {
  const route = parse(threadAddress('a b', 12, new URLSearchParams({ show: 'people,tools' })));
  expect([route.page, route.threadId, route.ordinal, route.query.get('show')]).toEqual(['thread', 'a b', 12, 'people,tools']);
  expect(['#/', '', '#/usage', '#/health?x', '#/other'].map((hash) => parse(hash).page)).toEqual(['threads', 'threads', 'usage', 'health', 'threads']);
});

test('an address that is not encoded is taken as it is', () => {
  expect(['#/threads/%', '#/threads/%zz', '#/threads/%41'].map((hash) => parse(hash).threadId)).toEqual(['%', '%zz', 'A']);
});
