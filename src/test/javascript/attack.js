// Run in a page of another origin. Comes to what the page could tell of the answers: nothing.
// SERVICE and THREAD are filled in.
(async () => {
  const service = 'SERVICE';
  const thread = service + '/v1/threads/THREAD';
  const seen = [];
  const blob = text => new Blob([text]);
  const send = (path, body, more) => fetch(service + path, {method: 'POST', mode: 'no-cors', body, ...more}).catch(() => {});
  const tell = (what, promise) => promise.then(result => result && seen.push(what + ': ' + result));
  const once = (element, attach) => new Promise(resolve => {
    element.onload = element.onopen = element.onmessage = () => resolve('answered');
    element.onerror = () => resolve('');
    attach?.(element);
  });
  const tag = (name, url) => once(Object.assign(document.createElement(name), {src: url}), element => document.body.append(element));
  const read = (what, path, options) => tell(what, fetch(service + path, options).then(answer => 'read ' + answer.status, () => ''));

  await send('/v1/threads', blob('{"name":"planted"}'));
  await send('/v1/threads', new TextEncoder().encode('{"name":"planted"}'));
  await send('/v1/threads', '{"name":"planted"}');
  await send('/v1/threads', new URLSearchParams({name: 'planted'}));
  await send('/v1/threads/THREAD/turns', blob('{"input":"planted"}'));
  await send('/v1/threads/THREAD/items', blob('{"items":[{"type":"x","payload":1}]}'));
  for (const action of ['archive', 'discard', 'shutdown', 'fork', 'resume']) {
    await send('/v1/threads/THREAD/' + action);
  }
  await send('/v1/imports', blob('{"path":"/tmp"}'));
  await send('/v1/threads/THREAD/export', blob('{"codexHome":"/tmp"}'));
  for (const endpoint of ['searchindex', 'reconcile', 'retention']) {
    await send('/actuator/' + endpoint);
  }
  await send('/actuator/loggers/dev.rollbook', blob('{"configuredLevel":"TRACE"}'));
  navigator.sendBeacon(service + '/v1/threads', blob('{"name":"planted"}'));
  await fetch(service + '/v1/threads', {mode: 'no-cors'}).catch(() => {});
  await fetch(service + '/v1/threads', {method: 'POST', keepalive: true, mode: 'no-cors', body: blob('{}')}).catch(() => {});

  await read('fetch', '/v1/threads');
  await read('fetch with JSON', '/v1/threads', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'});
  await read('DELETE', '/v1/threads/THREAD', {method: 'DELETE'});
  await read('actuator', '/actuator/health');
  await tell('EventSource', once(new EventSource(thread + '/events?after=-1'), source => setTimeout(() => source.close(), 3000)));
  await tell('WebSocket', once(new WebSocket(service.replace('http', 'ws') + '/v1/events')));
  await tell('script', tag('script', thread));
  await tell('image', tag('img', service + '/swagger-ui/favicon-32x32.png'));
  await tell('style', once(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: service + '/swagger-ui/swagger-ui.css'}),
    link => document.head.append(link)));

  for (const enctype of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']) {
    const frame = Object.assign(document.createElement('iframe'), {name: enctype});
    const form = Object.assign(document.createElement('form'), {action: service + '/v1/threads', method: 'post', enctype, target: enctype});
    form.append(Object.assign(document.createElement('input'), {name: '{"name":"planted","x":"', value: '"}'}));
    document.body.append(frame, form);
    const loaded = new Promise(resolve => frame.onload = resolve);
    form.submit();
    await loaded;
  }
  await tag('iframe', service + '/swagger-ui/index.html');
  await tag('iframe', service + '/v1/threads');
  return seen.join('\n');
})()
