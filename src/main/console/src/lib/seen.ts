/** How far a person has read each thread, in this browser. */

import { store, stored } from './storage';

const KEY = 'rollbook.seen';
const MAX_THREADS = 500;
const browser = () => localStorage;

export function seen(threadId: string): number | undefined {
  return read().find(([id]) => id === threadId)?.[1];
}

export function remember(threadId: string, next: number): void {
  const others = read().filter(([id]) => id !== threadId);
  store(browser, KEY, JSON.stringify([[threadId, next], ...others].slice(0, MAX_THREADS)));
}

function read(): [string, number][] {
  try {
    const read: unknown = JSON.parse(stored(browser, KEY) || '[]');
    return Array.isArray(read) ? (read as [string, number][]) : [];
  } catch {
    return [];
  }
}
