import type { components } from '#openapi/financial';
import { createPerson, createPocket, eur, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';

export type Person = { userId: string };
type Role = components['schemas']['NewInvitation']['role'];

/** A person who has joined a pocket, with money in the wallet. */
export async function join(
  app: FinancialApp,
  owner: Person,
  path: { pocketId: string },
  { role = 'contributor', wallet = 0, puts = 0 }: { role?: Role; wallet?: number; puts?: number } = {},
): Promise<Person> {
  const as = await createPerson(app, { wallet: wallet + puts });
  app.clock.advance(1_000); // so that nobody joined at the same time
  const { body } = await app.client
    .createInvitation({ as: owner, path, body: { userId: as.userId, role } })
    .expect(201);
  await app.client.acceptInvitation({ as, path: { invitationId: body.id } }).expect(200);
  if (puts > 0) await put(app, as, path, puts);
  return as;
}

/** A pocket in which several people save; each number is what one of them has put in, the owner's first. */
export async function sharedPocket(app: FinancialApp, sums: number[]) {
  const [first = 0, ...others] = sums;
  const owner = await createPerson(app, { wallet: first });
  const path = { pocketId: (await createPocket(app, owner)).id };
  if (first > 0) await put(app, owner, path, first);
  const members: Person[] = [];
  for (const puts of others) members.push(await join(app, owner, path, { puts }));
  const [one = owner, two = owner, three = owner] = members;
  return { owner, path, members, one, two, three };
}

export function put(app: FinancialApp, as: Person, path: { pocketId: string }, sum: number) {
  return app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(sum) } }).expect(201);
}

/** Takes money out, or asks the others. */
export function take(app: FinancialApp, as: Person, path: { pocketId: string }, sum: number, key?: string) {
  return app.client.createPocketWithdrawal({ as, path, headers: withKey(key), body: { amount: eur(sum) } });
}

/** Asks for more than the policy gives without the others; answers the approval. */
export async function ask(app: FinancialApp, as: Person, path: { pocketId: string }, sum: number) {
  const { body } = await take(app, as, path, sum).expect(202);
  if (!('approval' in body)) throw new Error('nobody was asked');
  return body.approval;
}

export function setPolicy(
  app: FinancialApp,
  as: Person,
  path: { pocketId: string },
  policy: Partial<components['schemas']['PocketPolicy']> = {},
) {
  const body = { who: 'contributors', approvals: 1, aboveMinor: 0, ...policy } as const;
  return app.client.putPocketPolicy({ as, path, body });
}

/** What each of the people has in the wallet. */
export async function walletsOf(app: FinancialApp, people: Person[]): Promise<number[]> {
  return Promise.all(
    people.map(async (as) => (await app.client.getWallet({ as }).expect(200)).body.balances[0]?.amountMinor ?? 0),
  );
}

export async function balanceIn(app: FinancialApp, as: Person, path: { pocketId: string }): Promise<number> {
  return (await app.client.getPocket({ as, path }).expect(200)).body.balance.amountMinor;
}

/** How many requests ended with each status. */
export function tally(answers: { status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Who was told something of a pocket, once for each time; nobody is named as who did it. */
export async function toldOfPocket({ owner }: FinancialApp, { pocketId }: { pocketId: string }, kind: string) {
  const { rows } = await owner.query<{ person: string; actor: string | null }>(
    `select payload ->> 'personId' as person, payload ->> 'actorId' as actor from financial_jobs._private_jobs
     where payload ->> 'kind' = $2 and payload -> 'subject' ->> 'id' = $1`,
    [pocketId, kind],
  );
  if (rows.some(({ actor }) => actor !== null)) throw new Error('somebody is named');
  return rows.map(({ person }) => person).sort();
}
