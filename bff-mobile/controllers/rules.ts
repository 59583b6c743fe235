import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type RuleOperation =
  'createRule' | 'listRules' | 'getRule' | 'updateRule' | 'deleteRule' | 'listPocketRuleRuns' | 'listRuleRuns';

export function ruleControllers({ financial }: Context): Pick<MobileHandlers, RuleOperation> {
  return {
    createRule: forward(financial.createRule),
    listRules: forward(financial.listRules),
    getRule: forward(financial.getRule),
    updateRule: forward(financial.updateRule),
    deleteRule: forward(financial.deleteRule),
    listPocketRuleRuns: forward(financial.listPocketRuleRuns),
    listRuleRuns: forward(financial.listRuleRuns),
  };
}
