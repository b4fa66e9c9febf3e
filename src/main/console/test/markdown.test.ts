import { expect, test, vi } from 'vitest';

// The parser is the one of the browser; its result is not sanitized here, because there is no document.
vi.mock('dompurify', () => ({ default: () => ({ addHook: () => undefined, sanitize: (html: string) => html }) }));
vi.stubGlobal('window', {});
vi.stubGlobal('document', { createElement: (tagName: string) => ({ tagName, textContent: '' }) });
const { render } = await import('../src/lib/markdown');

test('Markdown is rendered', () => {
  expect(render('> a *b*')).toBe('<blockquote>\n<p>a <em>b</em></p>\n</blockquote>\n');
});

test('a text that the parser fails on is shown as it is written', () => {
  for (const deep of ['>'.repeat(2000), '>'.repeat(20_000)]) {
    expect(render(deep)).toEqual({ tagName: 'pre', textContent: deep });
  }
});
