import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Problem } from '#platform/problem';
import { waitFor } from '#platform/testing/wait';
import { createFinancialWorker } from '../jobs/worker.ts';
import { createPerson, jobsDone, startFinancialApp } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { startSocialRecorder } from './social-recorder.ts';
import { startTransfer, tell } from './steps.ts';

let app: FinancialApp;
let social: Awaited<ReturnType<typeof startSocialRecorder>>;
let worker: Awaited<ReturnType<typeof createFinancialWorker>>;
beforeAll(async () => {
  app = await startFinancialApp();
  social = await startSocialRecorder(app.trust);
  worker = await createFinancialWorker({
    databaseUrl: app.databases.url('financial'),
    logLevel: 'silent',
    metricsPort: 0,
    // Nobody answers: the transfers here are told by the tests.
    flagshipUrl: 'http://127.0.0.1:1',
    socialUrl: social.url,
    serviceTokenKey: app.keys['financial']?.privateKey ?? {},
  });
  await worker.start();
});
afterEach(() => {
  social.refusals.length = 0;
});
afterAll(async () => {
  await worker.stop();
  await social.stop();
  await app.stop();
});

const noticesFor = ({ userId }: { userId: string }) => social.notices.filter((notice) => notice.userId === userId);
const kindsFor = (as: { userId: string }) => noticesFor(as).map(({ kind }) => kind);
const allTold = () => jobsDone(app, ['tellTransferOutcome']);

test.each([
  ['settled', 'transfer_settled'],
  ['failed', 'transfer_failed'],
  ['cancelled', 'transfer_failed'],
  ['returned', 'transfer_returned'],
  ['stalled', 'transfer_stalled'],
] as const)('tells that a transfer was %s, and which one, and no more', async (status, kind) => {
  const as = await createPerson(app);
  const { id } = await startTransfer(app, 'createDeposit', as, 700);

  await tell(app, id, status, 1, 'a_reason').expect(200);
  await allTold();

  expect(noticesFor(as)).toEqual([
    { userId: as.userId, noticeId: expect.any(String) as unknown, kind, subject: { type: 'transfer', id } },
  ]);
});

test('tells each outcome once, however often it comes, and none of what is not final', async () => {
  const as = await createPerson(app);
  const { id } = await startTransfer(app, 'createDeposit', as, 700);

  await tell(app, id, 'submitted', 1).expect(200);
  await tell(app, id, 'processing', 2).expect(200);
  await Promise.all(Array.from({ length: 10 }, (_, index) => tell(app, id, 'settled', index + 3).expect(200)));
  await tell(app, id, 'returned', 20).expect(200);
  await tell(app, id, 'returned', 21).expect(200);
  await allTold();

  expect(kindsFor(as).sort()).toEqual(['transfer_returned', 'transfer_settled']);
});

test('tells again, under the same id, when social did not answer', async () => {
  const as = await createPerson(app);
  const { id } = await startTransfer(app, 'createDeposit', as, 700);
  social.refusals.push(new Problem('overloaded'));

  await tell(app, id, 'settled', 1).expect(200);
  await waitFor('the first try', () => noticesFor(as).length === 1);
  await waitFor('the second try', async () => {
    await app.process.query(`update financial_jobs._private_jobs set run_at = now() where run_at > now()`);
    return noticesFor(as).length === 2;
  });
  await allTold();

  expect(new Set(noticesFor(as).map(({ noticeId }) => noticeId)).size).toBe(1);
});

test('lets it rest when the person is not there any more', async () => {
  const as = await createPerson(app);
  const { id } = await startTransfer(app, 'createDeposit', as, 700);
  social.refusals.push(new Problem('not_found'));

  await tell(app, id, 'settled', 1).expect(200);
  await waitFor('the try', () => noticesFor(as).length === 1);
  await allTold();

  expect(noticesFor(as)).toHaveLength(1);
});
