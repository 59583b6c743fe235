import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Problem } from '#platform/problem';
import { waitFor } from '#platform/testing/wait';
import { decideConsent } from '../../../dev/flagship-sandbox/consent-form.ts';
import { asService, createLinkedPerson, providerIds, startWorld } from './world.ts';
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
       where task.identifier in ('processEvent', 'tendConnections', 'tellConnectionAttention')`,
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

test('tells the person once that a consent ends within a week, and again for the end of the next one', async () => {
  const linked = await createLinkedPerson(world);
  const { as, connection, account } = linked;
  const { consent } = await providerIds(world, account.accountId);
  const expire = async () => {
    await world.sandbox.runScenario('consent_expiring', consent);
    await waitFor('the end to be near', async () => {
      const { body } = await world.client.getConnection({ as, path: { connectionId: connection.id } }).expect(200);
      return body.status === 'expiring';
    });
  };
  const tend = async () => {
    await world.runJob('tendConnections');
    await allTold();
  };

  await expire();
  await tend();
  await tend();
  const first = noticesFor(as);
  const renewal = await world.client.renewConnection({ as, path: { connectionId: connection.id } }).expect(201);
  const answer = await decideConsent(renewal.body.authorizeUrl);
  await world.client.completeConnection({ as: asService, body: answer }).expect(200);
  await waitFor('the new end', async () => {
    const { body } = await world.client.getConnection({ as, path: { connectionId: connection.id } }).expect(200);
    return body.status === 'active';
  });
  await tend();
  const afterRenewal = noticesFor(as).length;
  await expire();
  await tend();

  expect(first).toHaveLength(1);
  expect(first[0]).toMatchObject({ kind: 'connection_attention', subject: { type: 'connection', id: connection.id } });
  expect([afterRenewal, noticesFor(as).length]).toEqual([1, 2]);
  const { body } = await world.client.listConnectionHistory({ as, path: { connectionId: connection.id } }).expect(200);
  expect(body.items.filter(({ event }) => event === 'expiring')).toMatchObject([
    { status: 'expiring', message: 'Your bank asks you to confirm this link soon.' },
    { status: 'expiring' },
  ]);
});

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
