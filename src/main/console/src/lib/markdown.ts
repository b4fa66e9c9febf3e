/**
 * Markdown as nodes.
 *
 * Texts of a history are hostile: agents repeat what web pages and files told them. HTML is shown as it is written.
 * What Markdown makes passes DOMPurify, which lets only the tags below through, without any attribute that loads or runs
 * something. Images are named, not loaded. A link is inert: its address is in `data-href`, and the page asks before it
 * opens one.
 */

import DOMPurify from 'dompurify';
import { Marked } from 'marked';

const TAGS = [
  ...['p', 'br', 'hr', 'strong', 'em', 'del', 'code', 'pre', 'kbd', 'sub', 'sup', 'blockquote', 'ul', 'ol', 'li'],
  ...['h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a'],
];
const LINK = /^(https?|mailto):/i;

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    heading({ tokens, depth }) {
      const level = Math.min(depth + 2, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    html({ text }) {
      return escape(text);
    },
    image({ text, href }) {
      return escape(`[image: ${text === '' ? href : text}]`);
    },
    checkbox({ checked }) {
      return checked ? '☑ ' : '☐ ';
    },
  },
});

const purifier = DOMPurify(window);
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A') {
    const address = node.getAttribute('href') ?? '';
    node.removeAttribute('href');
    if (LINK.test(address)) {
      node.setAttribute('data-href', address);
      node.setAttribute('role', 'link');
      node.setAttribute('tabindex', '0');
    }
  }
});

export function render(text: string): Node {
  try {
    return sanitized(text);
  } catch {
    // The parser is recursive: deep nesting exceeds the stack. An error here would leave all later rows blank.
    const plain = document.createElement('pre');
    plain.textContent = text;
    return plain;
  }
}

function sanitized(text: string): DocumentFragment {
  return purifier.sanitize(marked.parse(text, { async: false }), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ['href', 'start'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
