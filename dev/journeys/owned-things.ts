import { followConsent } from '../flagship-sandbox/consent-form.ts';
import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { waitFor } from '../../platform/testing/wait.ts';
import { createPhone, registerPerson } from './phone.ts';
import { sharePockets } from './shared-things.ts';

type Person = Awaited<ReturnType<typeof registerPerson>>;

/** The ids of one thing of each kind, by the names that paths and bodies of the contract call them by. */
export interface OwnedThings {
  userId: string;
  sessionId: string;
  postId: string;
  draftId: string;
  mediaId: string;
  exportId: string;
  circleId: string;
  mutedWordId: string;
  notificationId: string;
  deviceId: string;
  sanctionId: string;
  pocketId: string;
  toPocketId: string;
  movementId: string;
  ruleId: string;
  invitationId: string;
  approvalId: string;
  guardianshipId: string;
  challengeId: string;
  transferId: string;
  connectionId: string;
  accountId: string;
  transactionId: string;
}

const newKey = () => ({ 'Idempotency-Key': randomUUID() });
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

/** Makes one private thing of each kind for a person whom staff have warned; comes back when nothing is on its way any more. */
export async function makeOwnedThings(baseUrl: string, person: Person): Promise<OwnedThings> {
  const { api } = person;
  const { body: post } = await api.createPost({ body: { text: 'A secret diary', visibility: 'self' } });
  const [sessionId, mediaId, bank] = await Promise.all([
    startAnotherSession(baseUrl, person),
    uploadPicture(person),
    linkBank(person),
  ]);
  const { body: draft } = await api.createDraft({ body: { text: 'A secret draft' } });
  const { body: archive } = await api.createExport({});
  const { body: circle } = await api.createCircle({ body: { name: 'Secret friends' } });
  const { body: word } = await api.createMutedWord({ body: { phrase: 'secret' } });
  const [notificationId, deviceId] = [await getFollowed(baseUrl, person), await registerDevice(person)];
  const { body: sanctions } = await api.listSanctions({});
  const transferId = await deposit(person, bank.accountId);
  const [pocketId, toPocketId] = [await createPocket(person, 'Secret'), await createPocket(person, 'Other')];
  const { body: movement } = await api.createContribution({
    path: { pocketId },
    body: { amount: eur(1_000), note: 'A secret note' },
    headers: newKey(),
  });
  const ruleId = await createRule(person, pocketId);
  const transactionId = await coverSpending(person, bank.accountId, toPocketId);
  return { userId: person.id, sessionId, postId: post.id, draftId: draft.id, mediaId, exportId: archive.id, circleId: circle.id, mutedWordId: word.id, notificationId, deviceId, sanctionId: sanctions.items[0]?.id ?? '', pocketId, toPocketId, movementId: movement.id, ruleId, ...(await sharePockets(baseUrl, person)), transferId, transactionId, ...bank }; // prettier-ignore
}

/** A session on another device, so that ending it leaves this one alone. */
async function startAnotherSession(baseUrl: string, { email, password }: Person): Promise<string> {
  const other = createPhone(baseUrl);
  const { body } = await other.api.login({ body: { email, password, deviceName: 'The other one' } });
  other.signIn(body.accessToken);
  const { body: sessions } = await other.api.listSessions({});
  return sessions.items.find(({ deviceName }) => deviceName === 'The other one')?.id ?? '';
}

/** Somebody follows the person; gives the notification of it. */
async function getFollowed(baseUrl: string, { api, handle, id }: Person): Promise<string> {
  const follower = await registerPerson(baseUrl, `fan_of_${handle}`);
  await follower.api.followUser({ path: { userId: id } });
  const { body } = await api.listNotifications({});
  return body.items.find(({ kind }) => kind === 'follow')?.id ?? '';
}

async function registerDevice({ api }: Person): Promise<string> {
  const pushToken = `fcm:${randomUUID()}`;
  const { body } = await api.putDevice({ path: { deviceId: randomUUID() }, body: { platform: 'android', pushToken } });
  return body.id;
}

export async function uploadPicture({ api }: Person): Promise<string> {
  const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#264' } }).png().toBuffer(); // prettier-ignore
  const { body } = await api.createMedia({
    body: { contentType: 'image/png', byteLength: picture.length, altText: 'A secret picture' },
  });
  const { url, method, headers } = body.upload;
  await fetch(url, { method, headers, body: new Uint8Array(picture) });
  await api.completeMedia({ path: { mediaId: body.mediaId } });
  await waitFor('the picture', async () => {
    const { body: media } = await api.getMedia({ path: { mediaId: body.mediaId } });
    return media.status === 'ready';
  });
  return body.mediaId;
}

export async function linkBank({ api }: Person): Promise<{ connectionId: string; accountId: string }> {
  const { body } = await api.createConnection({ body: {} });
  await fetch(await followConsent(body.authorizeUrl));
  const accountId = await waitFor('the accounts', async () => {
    const { body: accounts } = await api.listAccounts({});
    return accounts.items.find(({ kind, currency }) => kind === 'current' && currency === 'EUR')?.id;
  });
  return { connectionId: body.connectionId, accountId };
}

/** The smallest of what the person has spent, paid for out of a pocket. */
async function coverSpending({ api }: Person, accountId: string, pocketId: string): Promise<string> {
  const spent = await waitFor('something spent', async () => {
    const { body } = await api.listTransactions({ path: { accountId }, query: { limit: 100 } });
    const posted = body.items.filter((one) => !one.pending && !one.possibleDuplicate && one.amount.amountMinor < 0);
    return posted.sort((one, other) => other.amount.amountMinor - one.amount.amountMinor)[0];
  });
  const body = { amount: eur(-spent.amount.amountMinor) };
  await api.createContribution({ path: { pocketId }, body, headers: newKey() });
  await api.coverTransaction({ path: { transactionId: spent.id }, body: { pocketId }, headers: newKey() });
  return spent.id;
}

export async function deposit({ api }: Person, accountId: string): Promise<string> {
  const headers = newKey();
  const accepted = await waitFor('financial to know the account', () =>
    api.createDeposit({ body: { accountId, amount: eur(5_000) }, headers }).catch(() => undefined),
  );
  const transferId = accepted.body.transfer.id;
  await waitFor('the settlement', async () => {
    const { body } = await api.getTransfer({ path: { transferId } });
    return body.status === 'settled';
  }); // prettier-ignore
  return transferId;
}

export async function createPocket({ api }: Person, name: string): Promise<string> {
  const { body } = await api.createPocket({ body: { name, currency: 'EUR' }, headers: newKey() });
  return body.id;
}

/** A rule that waits for transactions, of which there are none. */
async function createRule({ api }: Person, pocketId: string): Promise<string> {
  const { body } = await api.createRule({ path: { pocketId }, body: { kind: 'round_up' }, headers: newKey() });
  return 'id' in body ? body.id : '';
}
