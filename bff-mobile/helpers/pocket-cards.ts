import type { ContractFunction, ContractReply } from '#platform/contract-client';
import type { Operation } from '#platform/contract';
import { RawJson } from '#platform/raw-json';
import { digest } from '#platform/send';
import type { ServiceCall } from '#platform/service-client';
import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { batchesOf } from './batches.ts';
import { forward } from './forward.ts';
import type { ForwardedCall } from './forward.ts';
import { attempt } from './screen.ts';

type PocketCard = components['schemas']['PostPocket'];

/** What social answers, as the phone gets it: the references to pockets filled in by the financial service. */
export type WithPocketCards<T> = T extends readonly (infer Item)[]
  ? WithPocketCards<Item>[]
  : T extends object
    ? { [Name in keyof T]: Name extends 'pocket' ? PocketCard | null : WithPocketCards<T[Name]> }
    : T;

type PocketContext = Pick<Context, 'financial'>;

// PostgreSQL writes a reference exactly so, and no text can: inside of a string the quotes would be escaped.
const reference = /"pocket":\{"id":"([0-9a-f-]{36})","followedAuthorId":(?:null|"([0-9a-f-]{36})")\}/g;
const mark = Buffer.from('"pocket":{');

/**
 * Fills in the pockets that posts refer to, in one batch call for all of them (for a long thread, in two), and none where no
 * post does. A pocket that is not shared with the viewer is null; while the financial service is away its name and percent are.
 */
export async function withPocketCards<T>(
  { financial }: PocketContext,
  { userId, timeoutMs = 300 }: { userId: string; timeoutMs?: number },
  raw: RawJson<T>,
): Promise<RawJson<WithPocketCards<T>>> {
  if (!raw.bytes.includes(mark)) return new RawJson(raw.bytes);
  const text = raw.bytes.toString();
  const batches = batchesOf(Array.from(text.matchAll(reference), ([found]) => found));
  if (batches.length === 0) return new RawJson(raw.bytes);
  const parts = await Promise.all(
    batches.map((batch) =>
      attempt(financial.listPocketCards({ caller: { userId }, query: queryFor(batch), timeoutMs })),
    ),
  );
  const found = parts.flatMap(({ answer }) => answer?.body.items ?? []);
  const cards = new Map(found.map(({ ownerId: _, ...card }) => [card.id, card]));
  const missing = parts.every(({ answer }) => answer) ? () => null : unknownCard;
  return new RawJson(
    text.replace(reference, (_reference, id: string) => `"pocket":${JSON.stringify(cards.get(id) ?? missing(id))}`),
  );
}

function queryFor(references: string[]) {
  const matches = references.flatMap((found) => [...found.matchAll(reference)]);
  return { ids: distinct(matches, 1), followedOwnerIds: distinct(matches, 2) };
}

function distinct(matches: RegExpExecArray[], group: number): string[] {
  return [...new Set(matches.flatMap((match) => match[group] ?? []))];
}

/** Of a pocket that could not be asked for. */
function unknownCard(id: string): PocketCard {
  return { id, name: null, emoji: null, percent: null, balance: null };
}

interface LooseReply {
  status: number;
  raw: RawJson<unknown>;
  etag?: string;
  headers: Record<string, string>;
}

/** An answer of social, as the phone gets it. */
type WithPocketCardsIn<Answer> = Answer extends { status: infer Status; raw: RawJson<infer Body> | undefined }
  ? { status: Status; body: RawJson<WithPocketCards<Body>>; etag?: string; headers: Record<string, string> }
  : never;

/** As `forward`, for answers with posts in them. A tag that social made says of the cards too, so that it changes with them. */
export function forwardPosts<O extends Operation>(
  ctx: PocketContext,
  operation: ContractFunction<O, ServiceCall>,
): (call: ForwardedCall<O>) => Promise<WithPocketCardsIn<ContractReply<O>>> {
  const ask = forward(operation);
  return async (call) => {
    const { userId } = call.caller;
    const { status, etag, headers, raw } = (await ask(call)) as unknown as LooseReply;
    const body = await withPocketCards(ctx, { userId }, raw);
    const tag = etag?.replace(/"$/, `.${digest(userId, body.bytes)}"`);
    return { status, body, headers, ...(tag !== undefined && { etag: tag }) } as unknown as WithPocketCardsIn<
      ContractReply<O>
    >;
  };
}
