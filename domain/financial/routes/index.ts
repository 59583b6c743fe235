import type { ServiceContext } from '../context.ts';
import { adjustmentControllers } from '../controllers/adjustments.ts';
import { approvalControllers } from '../controllers/approvals.ts';
import { bankAccountControllers } from '../controllers/bank-accounts.ts';
import { challengeControllers } from '../controllers/challenges.ts';
import { coverControllers } from '../controllers/covers.ts';
import { freezeControllers } from '../controllers/freezes.ts';
import { guardianshipControllers } from '../controllers/guardianships.ts';
import { homeControllers } from '../controllers/home.ts';
import { invitationControllers } from '../controllers/invitations.ts';
import { leavingControllers } from '../controllers/leaving.ts';
import { ledgerBookControllers } from '../controllers/ledger-books.ts';
import { lockControllers } from '../controllers/locks.ts';
import { milestoneControllers } from '../controllers/milestones.ts';
import { moneyScreenControllers } from '../controllers/money-screen.ts';
import { moneySummaryControllers } from '../controllers/money-summary.ts';
import { memberControllers } from '../controllers/members.ts';
import { movementControllers } from '../controllers/movements.ts';
import { pocketScreenControllers } from '../controllers/pocket-screen.ts';
import { pocketControllers } from '../controllers/pockets.ts';
import { preferenceControllers } from '../controllers/preferences.ts';
import { reconciliationControllers } from '../controllers/reconciliations.ts';
import { ruleControllers } from '../controllers/rules.ts';
import { safeToSpendControllers } from '../controllers/safe-to-spend.ts';
import { sharingControllers } from '../controllers/sharing.ts';
import { staffFigureControllers } from '../controllers/staff-figures.ts';
import { statementControllers } from '../controllers/statements.ts';
import { transferControllers } from '../controllers/transfers.ts';
import { walletControllers } from '../controllers/wallet.ts';
import type { FinancialHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/financial.yaml, from the controller of its resource. */
export function createRoutes(ctx: ServiceContext): FinancialHandlers {
  return {
    ...homeControllers(ctx),
    ...pocketControllers(ctx),
    ...sharingControllers(ctx),
    ...movementControllers(ctx),
    ...memberControllers(ctx),
    ...pocketScreenControllers(ctx),
    ...invitationControllers(ctx),
    ...approvalControllers(ctx),
    ...coverControllers(ctx),
    ...preferenceControllers(ctx),
    ...ruleControllers(ctx),
    ...statementControllers(ctx),
    ...safeToSpendControllers(ctx),
    ...walletControllers(ctx),
    ...transferControllers(ctx),
    ...bankAccountControllers(ctx),
    ...moneyScreenControllers(ctx),
    ...moneySummaryControllers(ctx),
    ...ledgerBookControllers(ctx),
    ...adjustmentControllers(ctx),
    ...reconciliationControllers(ctx),
    ...staffFigureControllers(ctx),
    ...leavingControllers(ctx),
    ...lockControllers(ctx),
    ...guardianshipControllers(ctx),
    ...challengeControllers(ctx),
    ...milestoneControllers(ctx),
    ...freezeControllers(ctx),
  };
}
