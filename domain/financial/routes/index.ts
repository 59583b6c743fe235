import type { Context } from '../context.ts';
import { approvalControllers } from '../controllers/approvals.ts';
import { bankAccountControllers } from '../controllers/bank-accounts.ts';
import { freezeControllers } from '../controllers/freezes.ts';
import { homeControllers } from '../controllers/home.ts';
import { invitationControllers } from '../controllers/invitations.ts';
import { leavingControllers } from '../controllers/leaving.ts';
import { lockControllers } from '../controllers/locks.ts';
import { milestoneControllers } from '../controllers/milestones.ts';
import { moneySummaryControllers } from '../controllers/money-summary.ts';
import { memberControllers } from '../controllers/members.ts';
import { movementControllers } from '../controllers/movements.ts';
import { pocketScreenControllers } from '../controllers/pocket-screen.ts';
import { pocketControllers } from '../controllers/pockets.ts';
import { ruleControllers } from '../controllers/rules.ts';
import { safeToSpendControllers } from '../controllers/safe-to-spend.ts';
import { sharingControllers } from '../controllers/sharing.ts';
import { statementControllers } from '../controllers/statements.ts';
import { transferControllers } from '../controllers/transfers.ts';
import { walletControllers } from '../controllers/wallet.ts';
import type { FinancialHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/financial.yaml, from the controller of its resource. */
export function createRoutes(ctx: Context): FinancialHandlers {
  return {
    ...homeControllers(ctx),
    ...pocketControllers(ctx),
    ...sharingControllers(ctx),
    ...movementControllers(ctx),
    ...memberControllers(ctx),
    ...pocketScreenControllers(ctx),
    ...invitationControllers(ctx),
    ...approvalControllers(ctx),
    ...ruleControllers(ctx),
    ...statementControllers(ctx),
    ...safeToSpendControllers(ctx),
    ...walletControllers(ctx),
    ...transferControllers(ctx),
    ...bankAccountControllers(ctx),
    ...moneySummaryControllers(ctx),
    ...leavingControllers(ctx),
    ...lockControllers(ctx),
    ...milestoneControllers(ctx),
    ...freezeControllers(ctx),
  };
}
