/** One line of the table: what was measured, and how it stands to the goal of the project. */
export interface Row {
  /** As in the list of goals; `-` where there is none. */
  id: string;
  metric: string;
  /** What stands behind the ratio; absolute figures belong to this machine in this minute. */
  figures: string;
  ratio?: number;
  goal?: { atLeast: number } | { atMost: number };
}

/** The rows as a table in plain text. */
export function formatTable(rows: Row[]): string {
  const cells = [
    ['', 'metric', 'ratio', 'goal', 'met', 'on this machine'],
    ...rows.map((row) => [row.id, row.metric, formatRatio(row.ratio), formatGoal(row), formatMet(row), row.figures]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()); // prettier-ignore
  return [lines[0], '-'.repeat(Math.max(...lines.map(({ length }) => length))), ...lines.slice(1)].join('\n');
}

function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? '' : ratio.toFixed(2);
}

function formatGoal({ goal }: Row): string {
  if (!goal) return '';
  return 'atLeast' in goal ? `≥ ${String(goal.atLeast)}` : `≤ ${String(goal.atMost)}`;
}

function formatMet({ ratio, goal }: Row): string {
  if (!goal || ratio === undefined) return '';
  return ('atLeast' in goal ? ratio >= goal.atLeast : ratio <= goal.atMost) ? 'yes' : 'no';
}
