/** How far a person has read each thread, in this browser. */

const KEY = 'rollbook.seen';
const MAX_THREADS = 500;

export function seen(threadId: string): number | undefined {
  return read().find(([id]) => id === threadId)?.[1];
}

export function remember(threadId: string, next: number): void {
  const others = read().filter(([id]) => id !== threadId);
  try {
    localStorage.setItem(KEY, JSON.stringify([[threadId, next], ...others].slice(0, MAX_THREADS)));
  } catch {
    // Without storage, nothing is new.
  }
}

function read(): [string, number][] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(stored) ? (stored as [string, number][]) : [];
  } catch {
    return [];
  }
}
