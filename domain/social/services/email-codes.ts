import { randomInt } from 'node:crypto';
import { Prisma } from '#prisma/social';
import type { EmailCodePurpose } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { invalidCode } from '../errors.ts';
import { hashPassword, isPassword } from '../helpers/password.ts';

const goodForMs = 30 * 60_000;
const triesAtMost = 5;

interface Recipient {
  accountId: string;
  purpose: EmailCodePurpose;
  email: string;
}

/** A code that was sent, with as much of it as is kept. */
interface SentCode extends Recipient {
  codeHash: string;
}

/** A new code for an address; the one before, for the same purpose, is void. Only the caller ever has it in clear. */
export async function issueCode(
  ctx: Pick<Context, 'db' | 'clock'>,
  { accountId, purpose, email }: Recipient,
): Promise<string> {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const id = { accountId, purpose };
  const sent = {
    email,
    codeHash: await hashPassword(code),
    tries: 0,
    expiresAt: new Date(ctx.clock.now().getTime() + goodForMs),
  };
  await ctx.db.emailCode.upsert({ where: { accountId_purpose: id }, create: { ...id, ...sent }, update: sent });
  return code;
}

/** Checks the code that was sent to a person. @throws invalid_code */
export function checkVerificationCode(
  ctx: Pick<Context, 'db' | 'clock'>,
  { accountId, code }: { accountId: string; code: string },
): Promise<SentCode> {
  return checkCode(ctx, { code, purpose: 'verification', of: Prisma.sql`a.id = ${accountId}::uuid` });
}

/** Checks the code that was sent to the present address of a person; it takes as long when there is none. @throws invalid_code */
export function checkResetCode(
  ctx: Pick<Context, 'db' | 'clock'>,
  { email, code }: { email: string; code: string },
): Promise<SentCode> {
  return checkCode(ctx, {
    code,
    purpose: 'password_reset',
    of: Prisma.sql`a.email = ${email}::citext AND c.email = a.email`,
  });
}

/** Makes a code void, in the transaction of what it allows: of two who have it at once, one is served. @throws invalid_code */
export async function spendCode(tx: Tx, { accountId, purpose, codeHash }: SentCode): Promise<void> {
  const { count } = await tx.emailCode.deleteMany({ where: { accountId, purpose, codeHash } });
  if (count === 0) throw invalidCode();
}

/** Counts the try before the code is looked at, so that parallel guesses are counted too. */
async function checkCode(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { code, purpose, of }: { code: string; purpose: EmailCodePurpose; of: Prisma.Sql },
): Promise<SentCode> {
  const [sent] = await db.$queryRaw<SentCode[]>`
    UPDATE email_code c SET tries = c.tries + 1
    FROM account a
    WHERE a.id = c.account_id AND ${of} AND c.purpose = ${purpose}::email_code_purpose
      AND c.tries < ${triesAtMost} AND c.expires_at > ${clock.now()}
    RETURNING c.account_id AS "accountId", c.purpose, c.email::text AS email, c.code_hash AS "codeHash"`;
  const matches = await isPassword(sent?.codeHash, code);
  if (!sent || !matches) throw invalidCode();
  return sent;
}
