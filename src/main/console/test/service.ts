/** A service without a network, for tests of what reads from it. */

import { vi } from 'vitest';

vi.stubGlobal('sessionStorage', { getItem: () => null });

export interface Call {
  path: string;
  query: URLSearchParams;
}

/** Answers all calls with what a test returns, which is the status of a refusal if it is a number. */
export function serve(answer: (call: Call) => unknown): void {
  vi.stubGlobal('fetch', async (address: string) => {
    const { pathname, searchParams } = new URL(address, 'http://service/console/');
    const body = await answer({ path: pathname, query: searchParams });
    return typeof body === 'number' ? Response.json({ detail: 'refused' }, { status: body }) : Response.json(body);
  });
}
