import type { Random } from '../../seed/random.ts';
import type { Request } from '../door.ts';
import { accountsEach, accountsOf, openingMinor } from './savers.ts';
import type { Saver } from './savers.ts';

/** A request that moves money, and what it does to the books when it is done. */
export interface Move {
  key: string;
  userId: string;
  fromId: string;
  toId: string;
  amountMinor: number;
  request: Request;
}

const smallMinor = 20;
/** One bold movement in eight is up to all that a saver has: most of those are refused, and the others empty an account. */
const boldMinor = openingMinor * accountsEach;

/** A movement between two accounts of one saver: a small one that is always covered as long as those are, or `bold`. */
export function planMove(random: Random, savers: Saver[], key: string, { bold = false } = {}): Move {
  const saver = random.pick(savers);
  const accounts = accountsOf(saver);
  const fromId = random.pick(accounts);
  const toId = random.pick(accounts.filter((account) => account !== fromId));
  const amountMinor = 1 + random.below(bold && random.below(8) === 0 ? boldMinor : smallMinor);
  return { key, userId: saver.id, fromId, toId, amountMinor, request: requestOf(saver, { key, fromId, toId, amountMinor }) }; // prettier-ignore
}

/** The opposite of a movement that was booked as `movementId`. */
export function planReversal({ userId, fromId, toId, amountMinor }: Move, movementId: string, key: string): Move {
  const request: Request = { as: userId, path: `/v1/movements/${movementId}/reverse`, key };
  return { key, userId, fromId: toId, toId: fromId, amountMinor, request };
}

function requestOf({ id, walletId }: Saver, move: Pick<Move, 'key' | 'fromId' | 'toId' | 'amountMinor'>): Request {
  const { key, fromId, toId } = move;
  const amount = { amountMinor: move.amountMinor, currency: 'EUR' };
  if (fromId === walletId) return { as: id, key, path: `/v1/pockets/${toId}/contributions`, body: { amount } };
  if (toId === walletId) return { as: id, key, path: `/v1/pockets/${fromId}/withdrawals`, body: { amount } };
  return { as: id, key, path: `/v1/pockets/${fromId}/transfers`, body: { amount, toPocketId: toId } };
}
