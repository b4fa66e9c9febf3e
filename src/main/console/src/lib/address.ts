/** The address of the page: a path and parameters behind the `#`, so that the server serves one page only. */

export type Page = 'threads' | 'thread' | 'usage' | 'health';

export interface Route {
  page: Page;
  threadId: string;
  /** The item that the address names; undefined for the end of the thread. */
  ordinal: number | undefined;
  query: URLSearchParams;
}

export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const [first, second, third] = path.split('/').filter((part) => part !== '');
  const route: Route = { page: 'threads', threadId: '', ordinal: undefined, query: new URLSearchParams(query) };
  if (first === 'threads' && second !== undefined) {
    route.page = 'thread';
    route.threadId = decoded(second);
    route.ordinal = third !== undefined && /^\d{1,15}$/.test(third) ? Number(third) : undefined;
  } else if (first === 'usage' || first === 'health') {
    route.page = first;
  }
  return route;
}

/** A text that is not encoded, such as `%` alone, stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function threadAddress(threadId: string, ordinal?: number, query?: URLSearchParams): string {
  const parameters = query?.toString() ?? '';
  return `#/threads/${threadId}${ordinal === undefined ? '' : `/${ordinal}`}${parameters === '' ? '' : `?${parameters}`}`;
}
