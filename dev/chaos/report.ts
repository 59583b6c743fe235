import { inspect } from 'node:util';
import type { Figure, Scenario } from './scenario.ts';

/** What came of one scenario. */
export interface Result {
  scenario: Scenario;
  figures: Figure[];
  seconds: number;
  /** Why it could not be carried through. */
  failure?: unknown;
}

/** Whether the promise was kept. */
export function isKept({ figures, failure }: Result): boolean {
  return failure === undefined && figures.every((figure) => !isMissed(figure));
}

/** One scenario as plain text. */
export function formatResult(result: Result): string {
  const { scenario, figures, seconds, failure } = result;
  const title = `${scenario.name}  ${scenario.promise}: ${isKept(result) ? 'kept' : 'MISSED'} (${seconds.toFixed(1)} s)`;
  const width = Math.max(0, ...figures.map(({ what }) => what.length));
  const lines = figures.flatMap((figure) => [
    `  ${isMissed(figure) ? '✗' : ' '} ${figure.what.padEnd(width)}  ${format(figure)}`,
    ...(isMissed(figure) ? (figure.examples ?? []).slice(0, 5).map((example) => `      ${example}`) : []),
  ]);
  const ending = failure === undefined ? [] : [`  ✗ ${inspect(failure)}`];
  return [title, ...lines, ...ending].join('\n');
}

/** Whether a figure is not what it must be. */
export function isMissed({ value, must }: Figure): boolean {
  if (!must) return false;
  if ('be' in must) return value !== must.be;
  // What could not be measured is NaN, and no bound holds for it.
  return 'atMost' in must ? !(value <= must.atMost) : !(value >= must.atLeast);
}

function format({ value, unit, must }: Figure): string {
  const suffix = unit === undefined ? '' : ` ${unit}`;
  const shown = `${Number.isInteger(value) ? String(value) : value.toFixed(1)}${suffix}`;
  if (!must) return shown;
  const bound = 'be' in must ? String(must.be) : 'atMost' in must ? `≤ ${String(must.atMost)}${suffix}` : `≥ ${String(must.atLeast)}${suffix}`; // prettier-ignore
  return `${shown}  (must be ${bound})`;
}
