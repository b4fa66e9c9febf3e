// Uses the client that is generated from the description of the API, as whoever writes one in TypeScript would.
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

type Problem = components['schemas']['Problem'];

const rollbook = createClient<paths, 'application/json' | 'application/problem+json'>({ baseUrl: process.argv[2] ?? '' });

function taken<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  }
  return answer.data;
}

// A reason that is not of the closed set would not compile.
function explained(receipt: components['schemas']['Receipt']): string {
  const { persistence } = receipt;
  if (persistence.status === 'persisted') {
    return 'persisted';
  }
  const reason: 'recorder_removed' | 'rollout_missing' | 'thread_not_found' | 'writer_shutting_down'
    | 'storage_full' | 'storage_failed' = persistence.reason;
  return `skipped: ${reason}`;
}

const thread = taken(await rollbook.POST('/v1/threads', { body: { name: 'from TypeScript', metadata: { n: 1 } } }));
const ofThread = { threadId: thread.id };
const turn = taken(
  await rollbook.POST('/v1/threads/{threadId}/turns', { params: { path: ofThread }, body: { input: 'Say hello' } }),
);
const ofTurn = { path: { ...ofThread, turnId: turn.id } };
const receipt = taken(
  await rollbook.POST('/v1/threads/{threadId}/turns/{turnId}/items', {
    params: ofTurn,
    body: { items: [{ type: 'event_msg', payload: { type: 'agent_message', message: 'Hello!' } }] },
  }),
);
const ended = taken(
  await rollbook.POST('/v1/threads/{threadId}/turns/{turnId}/complete', {
    params: ofTurn,
    body: { usage: { input_tokens: 12 } },
  }),
);
const items = taken(
  await rollbook.GET('/v1/threads/{threadId}/items', { params: { path: ofThread, query: { order: 'asc', limit: 50 } } }),
);
const threads = taken(await rollbook.GET('/v1/threads', { params: { query: { sort: 'createdAt' } } }));

const late = await rollbook.POST('/v1/threads/{threadId}/turns/{turnId}/items', {
  params: ofTurn,
  body: { items: [{ type: 'event_msg', payload: null }] },
});
if (late.error === undefined) {
  throw new Error('an ended turn takes no items');
}

console.log(
  JSON.stringify({
    thread: threads.data.find((one) => one.id === thread.id)?.name,
    resume: thread.resume,
    receipt: explained(receipt),
    status: ended.status,
    items: items.data.map((item) => item.type),
    nextCursor: items.nextCursor,
    late: late.error.code,
  }),
);
