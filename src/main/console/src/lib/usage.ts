/** Groups of a usage report as series of days, for the chart. */

import type { Schemas } from '../api/client';

export type Group = Schemas['UsageGroup'];
export type Dimension = 'model' | 'cwd' | 'source';

export interface DaySeries {
  name: string;
  values: number[];
}

const DAY_MILLIS = 86_400_000;
const NONE = 'not known';
const REST = 'others';

/** All days from the first to the last, also those without usage. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += DAY_MILLIS) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

/** The largest groups, each with its value of each day, and the sum of the others. */
export function seriesOf(groups: readonly Group[], by: Dimension, days: readonly string[], most: number, value: (group: Group) => number): DaySeries[] {
  const index = new Map(days.map((day, at) => [day, at]));
  const totals = new Map<string, number>();
  for (const group of groups) {
    const name = group.key[by] ?? NONE;
    totals.set(name, (totals.get(name) ?? 0) + value(group));
  }
  const names = [...totals].sort(([, one], [, other]) => other - one).map(([name]) => name);
  const shown = names.length > most ? [...names.slice(0, most - 1), REST] : names;
  const series = new Map(shown.map((name) => [name, { name, values: days.map(() => 0) }]));
  for (const group of groups) {
    const one = series.get(group.key[by] ?? NONE) ?? series.get(REST);
    const at = index.get(group.key.day ?? '');
    if (one !== undefined && at !== undefined) {
      one.values[at] = (one.values[at] ?? 0) + value(group);
    }
  }
  return [...series.values()];
}

/** Round numbers from 0 to the first that is not below the highest value, for an axis. */
export function ticksOf(highest: number): number[] {
  const rough = highest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((some) => some >= rough) ?? rough;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, at) => at * step);
}
