/** Numbers and times for people. */

const WHOLE = new Intl.NumberFormat('en');
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function whole(value: number): string {
  return WHOLE.format(value);
}

export function compact(value: number): string {
  return value < 10_000 ? WHOLE.format(value) : COMPACT.format(value);
}

/** 1 turn, 2 turns. */
export function counted(value: number, noun: string): string {
  return `${compact(value)} ${noun}${value === 1 ? '' : 's'}`;
}

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${rest >= 100 || unit === 0 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`;
}

/** 350 ms, 12 s, 4 min, 3 h, 2 d. */
export function duration(millis: number): string {
  const seconds = millis / 1000;
  if (millis < 1000) {
    return `${Math.max(0, Math.round(millis))} ms`;
  }
  if (seconds < 60) {
    return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min ${Math.round(seconds % 60)} s`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** The age of a time in one unit. */
export function age(time: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (seconds < 60) {
    return seconds < 5 ? 'now' : `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    return `${hours} h`;
  }
  const days = Math.floor(hours / 24);
  return days < 60 ? `${days} d` : time.slice(0, 10);
}

const DATE_TIME = new Intl.DateTimeFormat('en-CA', {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const TIME = new Intl.DateTimeFormat('en-CA', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

export function dateTime(time: string | null | undefined): string {
  const parsed = Date.parse(time ?? '');
  return Number.isNaN(parsed) ? '' : DATE_TIME.format(parsed).replace(',', '');
}

export function clock(time: string | null | undefined): string {
  const parsed = Date.parse(time ?? '');
  return Number.isNaN(parsed) ? '' : TIME.format(parsed);
}

/** The last parts of a path, which say most. */
export function directory(path: string): string {
  const parts = path.split(/[/\\]/).filter((part) => part !== '');
  return parts.length <= 2 ? path : `…/${parts.slice(-2).join('/')}`;
}

/** Sum of all tokens of a usage, in the names of Codex or of other agents. */
export function tokens(usage: Record<string, unknown> | null | undefined): number {
  if (usage === null || usage === undefined) {
    return 0;
  }
  const count = (name: string) => (typeof usage[name] === 'number' ? usage[name] : 0);
  return count('total_tokens') || count('input_tokens') + count('output_tokens');
}
