import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Problem } from '#platform/problem';
import { waitFor } from '#platform/testing/wait';
import { createLinkedPerson, providerIds, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => {
  world.social.refusals.length = 0;
});
afterAll(() => world.stop());

const noticesFor = ({ userId }: { userId: string }) =>
  world.social.notices.filter((notice) => notice.userId === userId);

async function allTold() {
  await waitFor('every event to be worked off, and everything to be told', async () => {
    const { rows } = await world.database.query(
      `select from flagship_jobs._private_jobs job join flagship_jobs._private_tasks task on task.id = job.task_id
       where task.identifier in ('processEvent', 'tellConnectionAttention')`,
    );
    return rows.length === 0;
  });
}

test.each(['reauth_required', 'revoked_at_bank'])(
  'tells the person once that a link needs them: %s',
  async (scenario) => {
    const { as, connection, account } = await createLinkedPerson(world);
    const { consent } = await providerIds(world, account.accountId);

    await world.sandbox.runScenario(scenario, consent);
    await waitFor('the person to be told', () => noticesFor(as).length > 0);
    await world.sandbox.runScenario(scenario, consent);
    await allTold();

    expect(noticesFor(as)).toEqual([
      {
        userId: as.userId,
        noticeId: expect.any(String) as unknown,
        kind: 'connection_attention',
        subject: { type: 'connection', id: connection.id },
      },
    ]);
  },
);

test('tells nothing of what the person did', async () => {
  const { as, connection } = await createLinkedPerson(world);

  await world.client.deleteConnection({ as, path: { connectionId: connection.id } }).expect(204);
  await waitFor(
    'financial to forget the accounts',
    () => world.financial.bankAccounts.findLast(({ userId }) => userId === as.userId)?.accounts.length === 0,
  );
  await allTold();

  expect(noticesFor(as)).toEqual([]);
});

test('tells again, under the same id, when social did not answer; lets it rest when the person is gone', async () => {
  const { as, account } = await createLinkedPerson(world);
  const { consent } = await providerIds(world, account.accountId);
  world.social.refusals.push(new Problem('overloaded'), new Problem('not_found'));

  await world.sandbox.runScenario('reauth_required', consent);
  await waitFor('the second try', async () => {
    await world.hurryJobs();
    return noticesFor(as).length === 2;
  });
  await allTold();

  expect(noticesFor(as)).toHaveLength(2);
  expect(new Set(noticesFor(as).map(({ noticeId }) => noticeId)).size).toBe(1);
});
