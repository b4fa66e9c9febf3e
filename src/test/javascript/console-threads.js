// Fills a service with threads for the console: node console-threads.js http://127.0.0.1:8080 [items of the long thread]
// Prints the ids of the threads that the screenshots and the browser test open.
const [service = 'http://127.0.0.1:8080', long = '0'] = process.argv.slice(2);

const TYPE = { 'Content-Type': 'application/json' };

async function call(method, path, body, type = TYPE) {
  const response = await fetch(service + path, { method, headers: type, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
  return response.status === 204 ? undefined : response.json();
}

const model = (payload) => ({ type: 'response_item', payload });
const event = (payload) => ({ type: 'event_msg', payload });
const agent = (text) => [
  event({ type: 'agent_message', message: text }),
  model({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }),
];
const thinking = (text) => [
  event({ type: 'agent_reasoning', text }),
  model({ type: 'reasoning', summary: [{ type: 'summary_text', text }], encrypted_content: 'ZW5jcnlwdGVk' }),
];
let calls = 0;
const command = (cmd, output, exit = 0, seconds = 0.4) => {
  const call_id = `call_${++calls}`;
  return [
    model({ type: 'function_call', name: 'exec_command', arguments: JSON.stringify({ cmd }), call_id }),
    model({
      type: 'function_call_output',
      call_id,
      output: `Chunk ID: 6d03df\nWall time: ${seconds.toFixed(4)} seconds\nProcess exited with code ${exit}\nOriginal token count: 17\nOutput:\n${output}`,
    }),
  ];
};
const patch = (text) => {
  const call_id = `call_${++calls}`;
  return [
    model({ type: 'custom_tool_call', name: 'apply_patch', input: text, call_id }),
    model({ type: 'custom_tool_call_output', call_id, output: JSON.stringify({ output: 'Success.\n', metadata: { exit_code: 0, duration_seconds: 0.1 } }) }),
  ];
};

async function thread(members, turns) {
  const { id } = await call('POST', '/v1/threads', members);
  for (const [input, items, end = 'complete', error] of turns) {
    const turn = await call('POST', `/v1/threads/${id}/turns`, { input });
    if (items.length > 0) {
      await call('POST', `/v1/threads/${id}/turns/${turn.id}/items`, { items });
    }
    if (end !== 'running') {
      const input_tokens = 2400 + 731 * items.length;
      const usage = { input_tokens, cached_input_tokens: Math.round(input_tokens * 0.7), output_tokens: 90 + 83 * items.length };
      await call('POST', `/v1/threads/${id}/turns/${turn.id}/${end}`, { usage, ...(error && { error }) });
    }
  }
  return id;
}

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAANwAAABGCAMAAACQeQqWAAAABlBMVEXu7vpjW+atofrrAAAAk0lEQVR42u3PQQ2AQAAEMerfNA8sQLhMtg56XTMzMzMdHuFaskd3R3dHd0d4V87R3dHdEd6Vc4R35RzdHeFdOUd4V87R3RHelXOEd+Uc3R3hXTlHeFfO0d0R3pVzdHeEd+Uc3R3hXTlHd0d3R3dHd0d3R3dHd0d2503l21k77wvXDun5UvX101DYcsstt9xyy5VzN3BxENidRNZZAAAAAElFTkSuQmCC';

const base = { cwd: '/home/dev/payments', model: 'gpt-5.1-codex', source: 'cli', modelProvider: 'openai' };

const main = await thread({ ...base, name: 'Retry the payment webhook' }, [
  [
    'The webhook of the payment provider fails when their API is slow. Add retries with a growing pause, and do not retry what can never succeed.',
    [
      ...thinking('**Finding the webhook**\n\nThe handler is probably in `src/webhook.ts`. I look at the code first, then at its tests.'),
      ...command('rg -n "fetch\\(" src | head', 'src/webhook.ts:31:  const response = await fetch(url, { method: \'POST\', body });\nsrc/health.ts:12:  await fetch(target);\n'),
      ...command('sed -n 20,52p src/webhook.ts', "export async function deliver(url: string, body: string): Promise<void> {\n  const response = await fetch(url, { method: 'POST', body });\n  if (!response.ok) {\n    throw new DeliveryFailed(response.status);\n  }\n}\n"),
      ...agent(
        'The call in `src/webhook.ts` is made once, and every failure is final. This is what I suggest:\n\n| status | retried | pause |\n|---|---|---|\n| 429, 503 | yes | as `Retry-After` says |\n| other 5xx, no answer | yes | 0.5 s, 1 s, 2 s, 4 s |\n| 4xx | no | |\n\n1. A function `withRetries` in a file of its own.\n2. `deliver` uses it.\n3. A test with a server that fails twice.\n\nThe rules of the provider are at [their page](https://example.com/webhooks).',
      ),
      ...patch(
        "*** Begin Patch\n*** Add File: src/retry.ts\n+const PAUSES = [500, 1000, 2000, 4000];\n+\n+export async function withRetries<T>(attempt: () => Promise<T>): Promise<T> {\n+  for (const pause of PAUSES) {\n+    try {\n+      return await attempt();\n+    } catch (failure) {\n+      if (!isTemporary(failure)) {\n+        throw failure;\n+      }\n+      await sleep(pause);\n+    }\n+  }\n+  return attempt();\n+}\n*** Update File: src/webhook.ts\n@@ export async function deliver\n-  const response = await fetch(url, { method: 'POST', body });\n+  const response = await withRetries(() => fetch(url, { method: 'POST', body }));\n*** End Patch",
      ),
      ...command('npm test -- webhook', '\n> payments@4.2.0 test\n> vitest run webhook\n\n FAIL  test/webhook.test.ts > deliver > gives up after the last pause\n AssertionError: expected 4 to be 5\n\n Test Files  1 failed (1)\n      Tests  1 failed | 6 passed (7)\n', 1, 3.2),
      ...thinking('**An off-by-one in the test**\n\nFour pauses mean five attempts. The test counts the pauses.'),
      ...command("sed -i 's/toBe(4)/toBe(5)/' test/webhook.test.ts && npm test -- webhook", '\n Test Files  1 passed (1)\n      Tests  7 passed (7)\n', 0, 2.9),
      ...agent('Deliveries are now retried four times. All seven tests pass.'),
    ],
  ],
  [
    'How does it look in the log when the provider is down?',
    [
      ...command('node scripts/replay.js --down', '12:46:02 WARN delivery 8812 failed (503), next attempt in 500 ms\n12:46:03 WARN delivery 8812 failed (503), next attempt in 1000 ms\n12:46:04 WARN delivery 8812 failed (503), next attempt in 2000 ms\n12:46:06 WARN delivery 8812 failed (503), next attempt in 4000 ms\n12:46:10 ERROR delivery 8812 given up after 5 attempts\n', 0, 8.1),
      ...agent('One WARN line for each failed attempt, and one ERROR line at the end.'),
    ],
  ],
  ['Post it to the channel', [], 'fail', { message: 'the model did not answer within 60 s' }],
]);
await call('PATCH', `/v1/threads/${main}`, { pinned: true }, { 'Content-Type': 'application/merge-patch+json' });
// Items that arrive after a shutdown are skipped: a gap.
const turn = await call('POST', `/v1/threads/${main}/turns`, { input: 'Then write it into the changelog' });
await call('POST', `/v1/threads/${main}/turns/${turn.id}/items`, { items: command('git log --oneline -3', '9f31c02 retry deliveries\n77ab1de health check\n') });
await call('POST', `/v1/threads/${main}/shutdown`);
await call('POST', `/v1/threads/${main}/turns/${turn.id}/items`, { items: agent('This is not kept.') });
await call('POST', `/v1/threads/${main}/resume`);
await call('POST', `/v1/threads/${main}/turns/${turn.id}/items`, {
  items: [
    ...patch('*** Begin Patch\n*** Update File: CHANGELOG.md\n@@\n ## 4.3.0\n+- Deliveries of webhooks are retried.\n*** End Patch'),
    event({ type: 'user_message', message: 'Here is the picture of the queue', images: [`data:image/png;base64,${PNG}`] }),
    ...agent('The changelog has the new line. The picture shows that the queue is empty again after **eight seconds**.'),
  ],
});
await call('POST', `/v1/threads/${main}/turns/${turn.id}/complete`, { usage: { input_tokens: 9120, cached_input_tokens: 7040, output_tokens: 610 } });

// Threads of earlier days, as a Codex wrote them.
const NAMES = ['Speed up the invoice list', 'Explain the nightly job', 'Upgrade the HTTP client', 'Find the memory leak', 'Write tests for refunds', 'Translate the mails', 'Split the user service', 'Fix the time zone of reports'];
const PLACES = [['/home/dev/payments', 'gpt-5.1-codex', 'cli'], ['/home/dev/shop', 'gpt-5.1-codex', 'vscode'], ['/home/dev/crm', 'gpt-5.1-codex-mini', 'exec'], ['/home/dev/importer', 'claude-sonnet-4-5', 'cli']];
for (let day = 26; day >= 1; day--) {
  for (let n = 0; n < (day * 7) % 4; n++) {
    const [cwd, of, source] = PLACES[(day + n * 3) % PLACES.length];
    const id = crypto.randomUUID();
    const turn_id = crypto.randomUUID();
    const at = new Date(Date.now() - day * 86_400_000 - n * 3_600_000);
    const time = (seconds) => new Date(at.getTime() + seconds * 1000).toISOString();
    const input_tokens = 20_000 + ((day * 7919 + n * 104_729) % 90_000);
    const usage = { input_tokens, cached_input_tokens: Math.round(input_tokens * 0.72), output_tokens: Math.round(input_tokens / 14), reasoning_output_tokens: Math.round(input_tokens / 40), total_tokens: input_tokens + Math.round(input_tokens / 14) };
    const line = (seconds, type, payload) => JSON.stringify({ timestamp: time(seconds), type, payload });
    const rollout = [
      line(0, 'session_meta', { id, timestamp: time(0), cwd, originator: 'codex_cli_rs', cli_version: '0.171.0', source, model_provider: 'openai' }),
      line(0, 'event_msg', { type: 'task_started', turn_id }),
      line(0, 'turn_context', { turn_id, cwd, model: of }),
      line(1, 'event_msg', { type: 'user_message', message: NAMES[(day * 3 + n) % NAMES.length], images: [] }),
      line(50, 'event_msg', { type: 'agent_message', message: 'Done.' }),
      line(51, 'event_msg', { type: 'token_count', info: { total_token_usage: usage, last_token_usage: usage } }),
      line(52, 'event_msg', { type: 'task_complete', turn_id, last_agent_message: 'Done.', duration_ms: 52_000 }),
    ].join('\n');
    const stamp = at.toISOString().slice(0, 19).replaceAll(':', '-');
    await call('POST', `/v1/imports?name=rollout-${stamp}-${id}.jsonl`, `${rollout}\n`, { 'Content-Type': 'application/x-ndjson' });
  }
}

const running = await thread({ ...base, name: 'Migrate the ledger to decimals', cwd: '/home/dev/ledger' }, [
  ['Replace floats by decimals in the ledger', [...command('rg -c "parseFloat" src', 'src/ledger.ts:14\nsrc/report.ts:6\n'), ...agent('Twenty places use floats. I begin with the ledger.')], 'running'],
]);
await call('POST', `/v1/threads/${main}/fork`, { name: 'Retry the webhook, with a queue' });
const others = [
  ['Why does the nightly report take an hour?', '/home/dev/reports', 'gpt-5.1-codex', 'vscode'],
  ['Rename Customer to Account everywhere', '/home/dev/crm', 'gpt-5.1-codex-mini', 'cli'],
  ['Add a health check to the importer', '/home/dev/importer', 'claude-sonnet-4-5', 'claude'],
  ['Flaky test in checkout', '/home/dev/shop', 'gpt-5.1-codex', 'exec'],
];
for (const [input, cwd, of, source] of others) {
  await thread({ cwd, model: of, source }, [[input, [...command('git status --short', ''), ...agent('Done.')]]]);
}

let big = '';
if (Number(long) > 0) {
  ({ id: big } = await call('POST', '/v1/threads', { ...base, name: 'A long night', cwd: '/home/dev/night' }));
  const lines = [];
  for (let at = 0; lines.length < Number(long); at++) {
    lines.push(...(at % 5 === 0 ? [event({ type: 'user_message', message: `Step ${at}: go on with the next file` })] : []));
    lines.push(...command(`make step-${at}`, `step ${at} has run\n`));
    lines.push(...agent(`Step ${at} is done, and **nothing** broke. Next is \`step-${at + 1}\`.`));
  }
  const body = lines.slice(0, Number(long)).map((line) => JSON.stringify(line)).join('\n');
  await call('POST', `/v1/threads/${big}/items`, body, { 'Content-Type': 'application/x-ndjson' });
}
console.log(JSON.stringify({ main, running, big }));
