// What the page must not do: break its Content-Security-Policy, load from another host, or run a script of a transcript.
(async () => {
  const reports = await new Promise((resolve) => {
    const found = [];
    new ReportingObserver((some) => found.push(...some), { types: ['csp-violation'], buffered: true }).observe();
    setTimeout(() => resolve(found), 100);
  });
  const foreign = performance
    .getEntriesByType('resource')
    .map((entry) => entry.name)
    .filter((name) => !name.startsWith(location.origin) && !name.startsWith('data:'));
  const inFeed = [...document.querySelectorAll('[role=feed] :is(script, iframe, object, embed, form, style, link, svg foreignObject), [role=feed] img:not([src^="data:image/"]), [role=feed] [style*="url"], [role=feed] a[href]:not([href^="#"])')];
  return [
    ...reports.map((report) => `csp: ${report.body.effectiveDirective} ${report.body.blockedURL} ${report.body.sourceFile}`),
    ...foreign.map((name) => `loaded: ${name}`),
    ...inFeed.map((element) => `in the feed: ${element.outerHTML.slice(0, 200)}`),
    ...(globalThis.attacked === undefined ? [] : [`ran: ${globalThis.attacked}`]),
  ].join('\n');
})()
