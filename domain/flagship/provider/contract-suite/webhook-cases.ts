import { isSigned } from '../../helpers/webhook-signature.ts';
import { assert, giveConsent, readFeed, until } from './steps.ts';
import type { Bench, Delivery, SuiteCase, Wire } from './suite.ts';
import { assertProblem, assertSchema, call, clientToken, schemaOf } from './wire.ts';

/** What a provider sends, and the keys that sign it. */
export const webhookCases: SuiteCase[] = [
  {
    name: 'sends each event of the feed as a webhook, signed over its bytes',
    needs: 'deliveries',
    async run(bench) {
      const { consentId } = await giveConsent(bench);

      const delivery = await deliveryOf(bench, consentId);

      const secrets = bench.wire?.webhookSecrets ?? [];
      assert(isSigned(delivery, secrets, new Date()), 'the webhook is signed by none of the secrets');
      const body: unknown = JSON.parse(delivery.body.toString());
      assertSchema(schemaOf('Event'), body, 'the webhook');
      const told = (await readFeed(bench)).find(({ id }) => id === delivery.id);
      assert(told !== undefined, 'the feed does not have the event of the webhook');
      assert(JSON.stringify(told) === JSON.stringify(body), 'the feed tells the event in other words');
      const spoilt = { ...delivery, body: Buffer.concat([delivery.body, Buffer.from(' ')]) };
      assert(!isSigned(spoilt, secrets, new Date()), 'the signature holds for other bytes too');
    },
  },
  {
    name: 'changes its webhook key without a moment in which none of the two is good',
    capabilities: ['webhookKeys'],
    needs: 'wire',
    async run(bench) {
      const { wire } = bench;
      assert(wire !== undefined, 'there is no wire');
      const token = await clientToken(wire);
      const [oldest, ...others] = await listKeys(wire, token);
      assert(oldest !== undefined, 'no webhook key is live');
      // Two may be live from an earlier change.
      for (const { id } of others) await call(wire, 'retireWebhookKey', { token, path: { keyId: id } });
      const last = await call(wire, 'retireWebhookKey', { token, path: { keyId: oldest.id } });
      assertProblem(last, 409, 'retiring the only key');

      const made = await call(wire, 'createWebhookKey', { token });
      assert(made.status === 201, `a second key is answered with ${String(made.status)}`);
      const { id, secret } = made.body as { id: string; secret: string };
      assertProblem(await call(wire, 'createWebhookKey', { token }), 409, 'a third key');
      if (bench.deliveries) await assertSigners(bench, [secret, ...wire.webhookSecrets], 2);

      await call(wire, 'retireWebhookKey', { token, path: { keyId: oldest.id } });
      const left = await listKeys(wire, token);
      assert(left.length === 1 && left[0]?.id === id, 'the new key is not the only one left');
      if (bench.deliveries) await assertSigners(bench, [secret], 1);
      assertProblem(
        await call(wire, 'retireWebhookKey', { token, path: { keyId: oldest.id } }),
        404,
        'retiring a key that is gone',
      );
    },
  },
];

/** A new event's webhook carries as many signatures, and each secret that signs now is among them. */
async function assertSigners(bench: Bench, [newest = '', ...older]: string[], count: number): Promise<void> {
  const { consentId } = await giveConsent(bench);
  const delivery = await deliveryOf(bench, consentId);
  const signatures = (delivery.signature ?? '').split(' ');
  assert(signatures.length === count, `a webhook has ${String(signatures.length)} signatures, not ${String(count)}`);
  assert(isSigned(delivery, [newest], new Date()), 'the new key does not sign');
  assert(older.length === 0 || isSigned(delivery, older, new Date()), 'the old key no longer signs');
}

async function listKeys(wire: Wire, token: string): Promise<{ id: string }[]> {
  const { status, body } = await call(wire, 'listWebhookKeys', { token });
  assert(status === 200, `listWebhookKeys answers ${String(status)}`);
  return (body as { items: { id: string }[] }).items;
}

/** The webhook that tells of a consent. */
async function deliveryOf(bench: Bench, consentId: string): Promise<Delivery> {
  return until(bench, 'a webhook', () => {
    const found = bench.deliveries?.().find(({ body }) => body.toString().includes(consentId));
    return Promise.resolve(found ?? false);
  });
}
