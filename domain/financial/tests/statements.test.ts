import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { components } from '#openapi/financial';
import { createPerson, createPocket, deposit, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { put, sharedPocket, take } from './shared-pocket.ts';

type Statement = components['schemas']['Statement'];
type Format = 'csv' | 'json' | 'pdf';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-10-30T12:00:00Z'));
});
afterAll(() => app.stop());

const november = { from: '2026-11-01', to: '2026-11-30' };

/** A pocket with movements in October, November and December. */
async function movedPocket() {
  app.clock.set(new Date('2026-10-30T12:00:00Z'));
  const as = await createPerson(app, { wallet: 1_000 });
  const path = { pocketId: (await createPocket(app, as, { name: '=Trip 🏖️' })).id };
  await put(app, as, path, 100);
  app.clock.set(new Date('2026-11-01T00:00:00Z'));
  const body = { amount: eur(20), note: '=HYPERLINK("x"), "quoted"\nand on' };
  await app.client.createContribution({ as, path, headers: withKey(), body }).expect(201);
  app.clock.set(new Date('2026-11-30T23:59:59.999Z'));
  await take(app, as, path, 50).expect(201);
  app.clock.set(new Date('2026-12-01T00:00:00Z'));
  await put(app, as, path, 7);
  return { as, path };
}

async function statement(as: { userId: string }, path: { pocketId: string }, query: object = november) {
  return (await app.client.getPocketStatement({ as, path, query }).expect(200)).body as Statement;
}

/** The checksum as the contract tells how to make it. */
function checksumOf({ account, currency, from, to, opening, lines, closing }: Statement): string {
  const text = [
    [account.pocketId ?? 'wallet', currency, from, to, opening.amountMinor],
    ...lines.map((line) => [line.id, line.createdAt, line.amountMinor, line.balanceAfterMinor]),
    [closing.amountMinor],
  ];
  return createHash('sha256')
    .update(text.map((fields) => `${fields.join(';')}\n`).join(''))
    .digest('hex');
}

describe('a statement', () => {
  test('leads from the opening over the movements of the days to the closing', async () => {
    const { as, path } = await movedPocket();

    const body = await statement(as, path);

    expect(body).toMatchObject({
      account: { type: 'pocket', ...path, name: '=Trip 🏖️' },
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-12-01T00:00:00.000Z',
      opening: eur(100),
      closing: eur(70),
      lines: [
        { createdAt: '2026-11-01T00:00:00.000Z', kind: 'contribution', amountMinor: 20, balanceAfterMinor: 120 },
        { createdAt: '2026-11-30T23:59:59.999Z', kind: 'pocket_withdrawal', amountMinor: -50, balanceAfterMinor: 70 },
      ],
    });
    expect(body.checksum).toBe(checksumOf(body));
  });

  test('goes on where the one before it ended', async () => {
    const { as, path } = await movedPocket();
    const moments = ['2026-10-01', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00.001Z', '2026-11-30T23:59:59.999Z'];
    const bounds = [...moments, '2026-12-01T00:00:00Z', '2026-12-01T00:00:00.001Z'];

    const parts = [];
    for (const [index, to] of bounds.slice(1).entries()) {
      parts.push(await statement(as, path, { from: bounds[index], to }));
    }

    for (const [index, { opening, closing, lines }] of parts.entries()) {
      expect(lines.reduce((sum, line) => sum + line.amountMinor, opening.amountMinor)).toBe(closing.amountMinor);
      expect(opening).toEqual(parts[index - 1]?.closing ?? eur(0));
    }
    expect(parts.flatMap(({ lines }) => lines.map(({ amountMinor }) => amountMinor))).toEqual([100, 20, -50, 7]);
  });

  test.each([['csv'], ['json'], ['pdf']] as [Format][])(
    'as %s has its digest and the same checksum',
    async (format) => {
      const { as, path } = await movedPocket();
      const { checksum } = await statement(as, path);

      const answer = await app.client.getPocketStatement({ as, path, query: { ...november, format } });

      const bytes = format === 'pdf' ? (answer.body as Buffer) : Buffer.from(answer.text);
      const digest = createHash('sha256').update(bytes).digest('base64');
      expect(answer.status).toBe(200);
      expect(answer.headers['repr-digest']).toBe(`sha-256=:${digest}:`);
      expect(answer.headers['content-disposition']).toBe(
        `attachment; filename="statement-2026-11-01-2026-11-30.${format}"`,
      );
      if (format === 'pdf') expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
      else expect(bytes.toString()).toContain(checksum);
    },
  );

  test('as a table takes no note for a formula, and keeps sums numbers', async () => {
    const { as, path } = await movedPocket();

    const answer = await app.client.getPocketStatement({ as, path, query: { ...november, format: 'csv' } });

    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const records = answer.text.split('\r\n');
    expect(records[0]).toBe('record,id,createdAt,kind,amountMinor,balanceMinor,currency,note');
    expect(records[1]).toBe('opening,,2026-11-01T00:00:00.000Z,,,100,EUR,');
    expect(records[2]).toMatch(/contribution,20,120,EUR,"'=HYPERLINK\(""x""\), ""quoted""\nand on"$/);
    expect(records[3]).toMatch(/pocket_withdrawal,-50,70,EUR,$/);
    expect(records[4]).toBe('closing,,2026-12-01T00:00:00.000Z,,,70,EUR,');
  });

  test('of a wallet has deposits and what went into pockets', async () => {
    app.clock.set(new Date('2026-11-05T12:00:00Z'));
    const as = await createPerson(app);
    await deposit(app, as, 300);
    const path = { pocketId: (await createPocket(app, as)).id };
    await put(app, as, path, 120);

    const { body } = await app.client.getWalletStatement({ as, query: { currency: 'EUR' } }).expect(200);

    const read = body as Statement;
    expect(read).toMatchObject({ account: { type: 'wallet', pocketId: null }, from: '2026-11-01T00:00:00.000Z' });
    expect(read.lines.map(({ kind, amountMinor }) => [kind, amountMinor])).toEqual([
      ['deposit', 300],
      ['contribution', -120],
    ]);
    expect([read.opening, read.closing]).toEqual([eur(0), eur(180)]);
    expect(read.checksum).toBe(checksumOf(read));
  });

  test('of a wallet that there is not is empty', async () => {
    const as = await createPerson(app);

    const { body } = await app.client.getWalletStatement({ as, query: { currency: 'JPY', ...november } }).expect(200);

    const none = { amountMinor: 0, currency: 'JPY' };
    expect(body).toMatchObject({ opening: none, closing: none, lines: [] });
    await app.client.getWalletStatement({ as, query: { currency: 'QQQ', ...november } }).expect(422);
  });

  test('of thousands of movements is whole; a PDF of them is refused', async () => {
    app.clock.set(new Date('2026-11-05T12:00:00Z'));
    const as = await createPerson(app, { wallet: 10_000 });
    const path = { pocketId: (await createPocket(app, as)).id };
    for (const count of [...Array<number>(10).fill(500), 1]) {
      await app.process.query(
        `select count(contribute_to_pocket(jsonb_build_object('ownerId', $1::text, 'pocketId', $2::text, 'amountMinor', 1,
          'currency', 'EUR', 'source', 'person', 'at', '2026-11-05T12:00:00Z'))) from generate_series(1, $3::int)`,
        [as.userId, path.pocketId, count],
      );
    }

    const body = await statement(as, path);
    const { body: problem } = await app.client
      .getPocketStatement({ as, path, query: { ...november, format: 'pdf' } })
      .expect(422);

    expect(body.lines.map(({ balanceAfterMinor }) => balanceAfterMinor)).toEqual(
      Array.from({ length: 5_001 }, (_, index) => index + 1),
    );
    expect(body.closing).toEqual(eur(5_001));
    expect(problem.code).toBe('statement_too_long');
  });

  test.each([
    ['an end before the beginning', { from: '2026-11-02', to: '2026-11-01' }, 422],
    ['more than a year', { from: '2025-11-01', to: '2026-11-30' }, 422],
    ['a day that does not exist', { from: '2026-11-31' }, 400],
    ['another format', { ...november, format: 'xls' }, 400],
  ])('is refused for %s', async (_what, query, status) => {
    const { as, path } = await movedPocket();

    await app.client.getPocketStatement({ as, path, query: query as never }).expect(status as 400);
  });

  test('is for members alone', async () => {
    const { one, path } = await sharedPocket(app, [10, 20]);
    expect((await statement(one, path, { from: '2026-01-01', to: '2026-12-31' })).lines).toHaveLength(2);
    await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(200);

    await app.client.getPocketStatement({ as: one, path }).expect(404);
    await app.client.getPocketStatement({ as: await createPerson(app), path }).expect(404);
  });
});
