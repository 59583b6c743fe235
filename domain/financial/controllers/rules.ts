import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentPreviewRun, presentRule, presentRuleRun } from '../helpers/present-rule.ts';
import { ruleTag } from '../helpers/rule-tag.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import type { RuleFacts } from '../services/rule-facts.ts';
import * as ruleRuns from '../services/rule-runs.ts';
import * as rules from '../services/rules.ts';

type RuleOperation =
  | 'createRule'
  | 'listRules'
  | 'getRule'
  | 'updateRule'
  | 'deleteRule'
  | 'listPocketRuleRuns'
  | 'listRuleRuns'
  | 'tellBankTransactions';

export function ruleControllers(ctx: Context): Pick<FinancialHandlers, RuleOperation> {
  return {
    createRule: async ({ caller, path, query, headers, body: rule }) => {
      if (query.dryRun === true) {
        const runs = await rules.previewRule(ctx, caller, { ...path, rule });
        return { status: 200, body: { runs: runs.map(presentPreviewRun) } };
      }
      const wanted = { key: headers['idempotency-key'], ...path, rule };
      const { facts, replayed } = await rules.createRule(ctx, caller, wanted);
      const asOf = new Date(facts.createdAt); // so that a replay says the same
      return {
        status: 201,
        body: presentRule(facts, asOf),
        etag: ruleTag(facts, asOf),
        headers: replayedHeader({ replayed }),
      };
    },

    listRules: async ({ caller, path }) => {
      const now = ctx.clock.now();
      const items = await rules.listRules(ctx, caller, path.pocketId);
      return { status: 200, body: { items: items.map((facts) => presentRule(facts, now)) } };
    },

    getRule: async ({ caller, path }) => answer(ctx, await rules.getRule(ctx, caller, path)),

    updateRule: async ({ caller, path, headers, body: change }) =>
      answer(ctx, await rules.updateRule(ctx, caller, { ...path, ifMatch: headers['if-match'], change })),

    deleteRule: async ({ caller, path }) => {
      await rules.deleteRule(ctx, caller, path);
      return { status: 204 };
    },

    listPocketRuleRuns: async ({ caller, path, query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await ruleRuns.listPocketRuleRuns(ctx, caller, { ...path, limit, cursor });
      return { status: 200, body: { items: items.map(presentRuleRun), nextCursor } };
    },

    listRuleRuns: async ({ caller, query: { limit = 20, cursor, ruleId, transactionId } }) => {
      const { items, nextCursor } = await ruleRuns.listRuleRuns(ctx, caller, { limit, cursor, ruleId, transactionId });
      return { status: 200, body: { items: items.map(presentRuleRun), nextCursor } };
    },

    tellBankTransactions: async ({ path, body }) => {
      const transactions = body.transactions.map(({ amount, possibleDuplicate = false, ...news }) => ({
        ...news,
        ...amount,
        possibleDuplicate,
      }));
      await ruleRuns.tellBankTransactions(ctx, path.userId, transactions);
      return { status: 204 };
    },
  };
}

function answer({ clock }: Context, facts: RuleFacts) {
  const now = clock.now();
  return { status: 200, body: presentRule(facts, now), etag: ruleTag(facts, now) } as const;
}
