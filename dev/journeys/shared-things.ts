import { randomUUID } from 'node:crypto';
import { registerPerson } from './phone.ts';

type Person = Awaited<ReturnType<typeof registerPerson>>;

const newKey = () => ({ 'Idempotency-Key': randomUUID() });
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

/** A pending invitation into one of the person's pockets, and a withdrawal from another that a friend must agree to. */
export async function sharePockets(baseUrl: string, { api, handle }: Person) {
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
  return { invitationId: pending.id, approvalId: 'approval' in asked ? asked.approval.id : '' };
}

async function createPocket(api: Person['api'], name: string) {
  const { body } = await api.createPocket({ body: { name, currency: 'EUR' }, headers: newKey() });
  return { pocketId: body.id };
}
