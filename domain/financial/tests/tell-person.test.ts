import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Problem } from '#platform/problem';
import { waitFor } from '#platform/testing/wait';
import { createFinancialWorker } from '../jobs/worker.ts';
import { createPerson, createPocket, jobsDone, startFinancialApp } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { startSocialRecorder } from './social-recorder.ts';

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
    // Nobody answers: no transfer is asked for here.
    flagshipUrl: 'http://127.0.0.1:1',
    socialUrl: social.url,
    serviceTokenKey: app.keys['financial']?.privateKey ?? {},
  });
  await worker.start();
});
afterEach(() => {
  social.refusals.length = 0;
  social.notices.length = 0;
});
afterAll(async () => {
  await worker.stop();
  await social.stop();
  await app.stop();
});

async function invite() {
  const owner = await createPerson(app);
  const { userId } = await createPerson(app);
  const path = { pocketId: (await createPocket(app, owner)).id };
  const { body } = await app.client.createInvitation({ as: owner, path, body: { userId, role: 'viewer' } }).expect(201);
  return { owner, userId, invitationId: body.id };
}

const nothingLeft = () => jobsDone(app, ['tellPerson']);

test('tells the invited person that they are, by whom and to what, and no more', async () => {
  const { owner, userId, invitationId } = await invite();

  await nothingLeft();

  expect(social.notices).toEqual([
    {
      userId,
      noticeId: expect.any(String) as unknown,
      kind: 'pocket_invitation',
      subject: { type: 'invitation', id: invitationId },
      actorId: owner.userId,
    },
  ]);
});

test('tells again, under the same id, when social did not answer', async () => {
  social.refusals.push(new Problem('overloaded'));
  await invite();
  await waitFor('the first try', () => social.notices.length === 1);

  await waitFor('the second try', async () => {
    await app.process.query(`update financial_jobs._private_jobs set run_at = now() where run_at > now()`);
    return social.notices.length === 2;
  });
  await nothingLeft();

  expect(new Set(social.notices.map(({ noticeId }) => noticeId)).size).toBe(1);
});

test('lets it rest when the person is not there any more', async () => {
  social.refusals.push(new Problem('not_found'));
  await invite();

  await nothingLeft();

  expect(social.notices).toHaveLength(1);
});
