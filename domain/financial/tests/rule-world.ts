import { randomUUID } from 'node:crypto';
import type { components } from '#openapi/financial';
import { openDueRules } from '../jobs/open-due-rules.ts';
import { createFinancialWorker } from '../jobs/worker.ts';
import { createContext } from '../context.ts';
import { createPerson, createPocket, eur, jobsDone, startFinancialApp } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { startSocialRecorder } from './social-recorder.ts';

export type RuleWorld = Awaited<ReturnType<typeof startRuleWorld>>;
export type NewRule = components['schemas']['NewRule'];
type Posted = components['schemas']['PostedTransaction'];
type Goal = Parameters<typeof createPocket>[2];
interface Person {
  userId: string;
}

/** The financial service with its worker on one clock, and a listener for social. */
export async function startRuleWorld(start: Date) {
  const app = await startFinancialApp(start);
  const social = await startSocialRecorder(app.trust);
  const config = {
    databaseUrl: app.databases.url('financial'),
    logLevel: 'silent',
    metricsPort: 0,
    // Nobody answers: no transfers are made here.
    flagshipUrl: 'http://127.0.0.1:1',
    socialUrl: social.url,
    serviceTokenKey: app.keys['financial']?.privateKey ?? {},
  };
  const startWorker = async () => {
    const worker = await createFinancialWorker(config, app.clock);
    await worker.start();
    return worker;
  };
  const worker = await startWorker();
  const { ctx, resources } = createContext('rule-test', config, app.clock);

  async function settle(): Promise<void> {
    await jobsDone(app, ['runRules', 'tellPerson', 'openDueRules']);
  }

  return {
    ...app,
    /** What stands where social listens. */
    told: social.notices,
    ctx,
    startWorker,
    /** Waits until nothing is left to decide or to tell. */
    settle,
    /** What the minute does, and what follows from it. */
    tick: async () => {
      await openDueRules(ctx);
      await settle();
    },
    stop: async () => {
      await worker.stop();
      for (const resource of resources) await resource.close();
      await social.stop();
      await app.stop();
    },
  };
}

export interface Saver {
  as: Person;
  path: { pocketId: string };
}

/** A person with money and a pocket. */
export async function createSaver(
  app: FinancialApp,
  { wallet = 100_000, ...goal }: Goal & { wallet?: number } = {},
): Promise<Saver> {
  const currency = goal.currency ?? 'EUR';
  const as = await createPerson(app, { wallet, currency });
  return { as, path: { pocketId: (await createPocket(app, as, goal)).id } };
}

export async function createRule({ client }: FinancialApp, { as, path }: Saver, body: NewRule) {
  const { body: rule } = await client.createRule({ as, path, body }).expect(201);
  if (!('id' in rule)) throw new Error('it was only tried');
  return rule;
}

/** What three runs would do. */
export async function tryRule({ client }: FinancialApp, { as, path }: Saver, body: NewRule) {
  const { body: preview } = await client.createRule({ as, path, query: { dryRun: true }, body }).expect(200);
  if (!('runs' in preview)) throw new Error('it was made');
  return preview.runs;
}

export async function runsOf({ client }: FinancialApp, { as, path }: Saver) {
  return (await client.listPocketRuleRuns({ as, path, query: { limit: 100 } }).expect(200)).body.items;
}

/** The outcomes of a pocket's rules, oldest first: the sum that was booked, or the reason why not. */
export async function outcomesOf(app: FinancialApp, saver: Saver) {
  const runs = await runsOf(app, saver);
  return runs.reverse().map(({ status, amount, code }) => (status === 'booked' ? amount?.amountMinor : code));
}

/** A transaction as flagship tells it: spent when it is negative. */
export function posted({ clock }: FinancialApp, amountMinor: number, news: Partial<Posted> = {}): Posted {
  return {
    id: randomUUID(),
    pendingId: null,
    accountId: randomUUID(),
    amount: eur(amountMinor),
    kind: amountMinor < 0 ? 'spend' : 'income',
    bookedOn: clock.now().toISOString().slice(0, 10),
    ...news,
  };
}

export function tellPosted({ flagship }: FinancialApp, { userId }: Person, ...transactions: Posted[]) {
  return flagship.tellBankTransactions({ as: { service: true }, path: { userId }, body: { transactions } }).expect(204);
}
