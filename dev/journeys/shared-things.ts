import { randomUUID } from 'node:crypto';
import { registerPerson } from './phone.ts';

type Person = Awaited<ReturnType<typeof registerPerson>>;

const newKey = () => ({ 'Idempotency-Key': randomUUID() });
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

/**
 * A pending invitation into one of the person's pockets, a withdrawal from another that a friend must agree to, the
 * friend's lock that the person is asked to guard, and a challenge.
 */
export async function sharePockets(baseUrl: string, person: Person) {
  const { api, handle } = person;
  const friend = await registerPerson(baseUrl, `friend_of_${handle}`);
  const [inviting, shared] = [await createPocket(api, 'Soon ours'), await createPocket(api, 'Ours')];
  const body = { userId: friend.id, role: 'contributor' } as const;
  const { body: pending } = await api.createInvitation({ path: inviting, body });
  const { body: accepted } = await api.createInvitation({ path: shared, body });
  await friend.api.acceptInvitation({ path: { invitationId: accepted.id } });

  await api.createContribution({ path: shared, body: { amount: eur(500) }, headers: newKey() });
  await api.putPocketPolicy({ path: shared, body: { who: 'owner', approvals: 1, aboveMinor: 0 } });
  const { body: asked } = await api.createPocketWithdrawal({
    path: shared,
    body: { amount: eur(100), note: 'A secret plan' },
    headers: newKey(),
  });
  const approvalId = 'approval' in asked ? asked.approval.id : '';
  return { invitationId: pending.id, approvalId, ...(await askEachOther(person, friend)) };
}

async function askEachOther({ api, id }: Person, friend: Person) {
  const locked = await createPocket(friend.api, 'Guarded');
  await friend.api.lockPocket({ path: locked, body: { delayHours: 1, guardianId: id } });
  const { body: guardianships } = await api.listGuardianships({});
  const { body: challenge } = await api.createChallenge({
    body: {
      ...{ name: 'A secret race', kind: 'streak', memberIds: [friend.id] },
      endsAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
    },
  });
  return { guardianshipId: guardianships.items[0]?.id ?? '', challengeId: challenge.id };
}

async function createPocket(api: Person['api'], name: string) {
  const { body } = await api.createPocket({ body: { name, currency: 'EUR' }, headers: newKey() });
  return { pocketId: body.id };
}
