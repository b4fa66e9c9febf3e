/** Lines of a diff, in runs of one kind, so that a long diff needs few elements. */

export interface Run {
  kind: 'add' | 'remove' | 'same' | 'head';
  text: string;
}

export function runsOf(diff: string): Run[] {
  const runs: Run[] = [];
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const kind = kindOf(line);
    const last = runs.at(-1);
    if (last !== undefined && last.kind === kind) {
      last.text += `\n${line}`;
    } else {
      runs.push({ kind, text: line });
    }
  }
  return runs;
}

export function countsOf(diff: string): { added: number; removed: number } {
  const lines = diff.split('\n');
  return {
    added: lines.filter((line) => kindOf(line) === 'add').length,
    removed: lines.filter((line) => kindOf(line) === 'remove').length,
  };
}

function kindOf(line: string): Run['kind'] {
  if (line.startsWith('+++') || line.startsWith('---') || line.startsWith('@@')) {
    return 'head';
  }
  return line.startsWith('+') ? 'add' : line.startsWith('-') ? 'remove' : 'same';
}
