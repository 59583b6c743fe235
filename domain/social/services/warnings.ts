import type { Caller } from '#platform/caller';
import type { Context, Tx } from '../context.ts';
import { notFound } from '../errors.ts';
import { assertKnownRules } from '../validation/rules.ts';
import { decide, lockingAccount } from './decisions.ts';
import type { Decision } from './decisions.ts';
import { addSanction } from './sanctions.ts';
import { getSanctionForStaff } from './staff-sanctions.ts';
import type { StaffSanctionRow } from './staff-sanctions.ts';

interface Warning extends Decision {
  userId: string;
  ruleIds?: string[] | undefined;
  postId?: string | undefined;
}

/** Warns a person, for a post of theirs or in general; once for a decision. @throws unknown_rule, not_found */
export async function warnAccount(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { userId, ruleIds = [], postId, ...decision }: Warning,
): Promise<StaffSanctionRow> {
  assertKnownRules(ruleIds);
  await decide(
    ctx,
    caller,
    { ...decision, action: 'warn' },
    {
      lock: lockingAccount(userId),
      async carryOut(tx, { accountId }) {
        const post = postId === undefined ? {} : { post: await getPostOf(tx, { accountId, postId }) };
        await addSanction(tx, ctx, { accountId, kind: 'warning', decisionId: decision.decisionId, ruleIds, ...post });
      },
    },
  );
  return getSanctionForStaff(ctx, { decisionId: decision.decisionId });
}

async function getPostOf(tx: Tx, { accountId, postId }: { accountId: string; postId: string }) {
  const post = await tx.post.findFirst({
    where: { id: postId, authorId: accountId, deletedAt: null },
    select: { id: true, text: true },
  });
  if (!post) throw notFound('The person has no such post.');
  return post;
}
