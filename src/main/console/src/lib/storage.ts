/** What the browser keeps. It refuses every access if a person has forbidden it to keep data: then nothing is kept. */

export function stored(storage: () => Storage, key: string): string {
  try {
    return storage().getItem(key) ?? '';
  } catch {
    return '';
  }
}

/** @param value the empty text removes what was kept */
export function store(storage: () => Storage, key: string, value: string): void {
  try {
    if (value === '') {
      storage().removeItem(key);
    } else {
      storage().setItem(key, value);
    }
  } catch {
    // Kept by the page itself, as long as it is open.
  }
}
