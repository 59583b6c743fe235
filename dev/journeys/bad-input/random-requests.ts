import { createRandom } from '../../seed/random.ts';
import type { Random } from '../../seed/random.ts';
import type { Document, OperationEntry } from '../../../platform/document.ts';
import { goodRequest, rawRequest } from './good-request.ts';
import type { RawRequest } from './good-request.ts';

const words = ['', 'a', '0', '-1', '1e9', 'null', 'true', '%00', '../..', '<script>', "' or 1=1 --", '${7*7}', '__proto__', 'constructor', 'ünïcödé', '🏖️', '\u202e', '\ufeff', '\ud83c', 'x'.repeat(5_000), '2026-11-22', '2026-11-22T09:30:00Z', '9223372036854775808', '[]', '{}']; // prettier-ignore

/** Requests that nobody would send, the same ones for the same seed. Some of them may be good by chance. */
export function* randomRequests(
  document: Document,
  entries: OperationEntry[],
  known: Record<string, string>,
  { seed, count }: { seed: number; count: number },
): Generator<{ entry: OperationEntry; request: RawRequest }> {
  const random = createRandom(seed);
  for (let sent = 0; sent < count; sent += 1) {
    const entry = random.pick(entries);
    const good = goodRequest(document, entry, known);
    const path = Object.fromEntries(
      Object.keys(good.path).map((name) => [name, random.below(3) === 0 ? encode(random.pick(words) || 'a') : encode(good.path[name] ?? '')]), // prettier-ignore
    );
    const query = random.below(3) === 0 ? [...good.query, randomPair(random)] : good.query;
    const body = random.below(4) === 0 ? undefined : randomChange(random, good.body ?? {}, 0);
    const request = rawRequest({ ...good, query, body }, path);
    yield { entry, request: { ...request, headers: { ...request.headers, ...randomHeaders(random) } } };
  }
}

function randomPair(random: Random): [string, string] {
  const name = random.pick(['limit', 'cursor', 'q', 'status', 'state', 'code', 'ids', 'since', 'from', 'feedLimit', '__proto__', 'a[b]']); // prettier-ignore
  return [name, random.pick(words).toWellFormed()];
}

function randomHeaders(random: Random): Record<string, string> {
  const name = random.pick(['If-Match', 'If-None-Match', 'Idempotency-Key', 'X-Step-Up', 'Accept', 'Range', 'X-Forwarded-For', 'traceparent', 'Expect-CT', 'Forwarded', 'Origin', 'Cookie']); // prettier-ignore
  const value = random.pick(words).replace(/[^\x20-\x7e]/g, '');
  return random.below(3) === 0 ? { [name]: value } : {};
}

/** The value with something in it changed, or something else altogether. */
function randomChange(random: Random, value: unknown, depth: number): unknown {
  if (random.below(5) === 0 || depth > 3) return randomValue(random);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, randomChange(random, member, depth + 1)]);
  if (random.below(6) === 0) members.push([random.pick(words), randomValue(random)]);
  return Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
}

function randomValue(random: Random): unknown {
  return random.pick([
    ...words,
    0,
    -1,
    1.5,
    2 ** 53,
    1e308,
    -0,
    true,
    false,
    null,
    [],
    {},
    [[]],
    { a: { b: {} } },
    [null],
  ]);
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
