/** Calls of the API, typed by its description. Every request carries the token of the session, if there is one. */

import type { components, paths } from './schema';
import { session } from './session.svelte';

export type Schemas = components['schemas'];
export type Thread = Schemas['ThreadDetails'];
export type Turn = Schemas['Turn'];
export type StoredItem = Schemas['StoredItem'];
export type Gap = Schemas['Gap'];
export type Hit = Schemas['Hit'];
export type Facets = Schemas['Facets'];
export type ImportJob = Schemas['ImportJob'];

type GetPath = { [P in keyof paths]: paths[P] extends { get: unknown } ? P : never }[keyof paths];
type OperationOf<P extends GetPath> = paths[P]['get'];
type QueryOf<P extends GetPath> = NonNullable<OperationOf<P>> extends { parameters: { query?: infer Q } } ? Q : never;
type BodyOf<P extends GetPath> =
  NonNullable<OperationOf<P>> extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;

/** A response that is not a success. Its message is for people: what is wrong, and what to do. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export function url(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') {
      parameters.set(name, String(value));
    }
  }
  const text = parameters.toString();
  return `..${path}${text === '' ? '' : `?${text}`}`;
}

/** Sends a request; a response that is not a success becomes an [ApiError]. */
export async function send(method: string, address: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (session.token !== '') {
    headers.set('Authorization', `Bearer ${session.token}`);
  }
  const response = await fetch(address, { ...init, method, headers, cache: 'no-store', credentials: 'same-origin' });
  if (!response.ok) {
    throw await errorOf(response);
  }
  return response;
}

async function errorOf(response: Response): Promise<ApiError> {
  if (response.status === 401) {
    session.refused = true;
  }
  const problem = (await response.json().catch(() => ({}))) as Partial<Schemas['Problem']>;
  return new ApiError(
    response.status,
    problem.code ?? '',
    problem.detail ?? `${response.status} ${response.statusText}`,
  );
}

/** A connection can be dead without an error. The service answers a call within seconds, or refuses it. */
const LONGEST_ANSWER = 60_000;

/** `GET` of a path of the description, in which `{name}` is replaced by the value of `path`. */
export async function get<P extends GetPath>(
  pattern: P,
  options: { path?: Record<string, string | number>; query?: QueryOf<P>; signal?: AbortSignal } = {},
): Promise<BodyOf<P>> {
  const response = await send('GET', url(fill(pattern, options.path), options.query as Query), {
    headers: { Accept: 'application/json' },
    signal: options.signal ?? AbortSignal.timeout(LONGEST_ANSWER),
  });
  return (await response.json()) as BodyOf<P>;
}

/** Any other request with a JSON body, or none. */
export async function call<T>(
  method: string,
  pattern: string,
  options: { path?: Record<string, string | number>; body?: unknown; type?: string } = {},
): Promise<T> {
  const response = await send(
    method,
    url(fill(pattern, options.path)),
    options.body === undefined
      ? {}
      : {
          headers: { 'Content-Type': options.type ?? 'application/json' },
          body: JSON.stringify(options.body),
        },
  );
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** An endpoint of the actuator, which the description does not have. A health that is down is an answer, too. */
export async function actuator<T>(path: string, body?: unknown): Promise<T> {
  const response = await fetch(`../actuator/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    cache: 'no-store',
    // A pass of retention takes as long as it takes.
    ...(body === undefined && { signal: AbortSignal.timeout(LONGEST_ANSWER) }),
    headers: {
      ...(session.token !== '' && { Authorization: `Bearer ${session.token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok && response.status !== 503) {
    throw await errorOf(response);
  }
  return (await response.json()) as T;
}

function fill(pattern: string, values: Record<string, string | number> = {}): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

export function messageOf(failure: unknown): string {
  if (failure instanceof ApiError) {
    return failure.message;
  }
  const isNoAnswer = failure instanceof TypeError || (failure instanceof DOMException && failure.name === 'TimeoutError');
  return isNoAnswer ? 'The service does not answer.' : String(failure);
}
