import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentReport } from '../helpers/present-report.ts';
import { presentSanction } from '../helpers/present-sanction.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as reports from '../services/reports.ts';
import * as sanctions from '../services/sanctions.ts';
import { communityRules } from '../validation/rules.ts';

type Operations = 'listCommunityRules' | 'createReport' | 'listReports' | 'listSanctions' | 'appealSanction';

export function reportControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    listCommunityRules: () => ({ status: 200, body: { items: [...communityRules] } }),
    createReport: async ({ caller, body, headers }) => {
      const subject = { ...body.subject, id: body.subject.id.toLowerCase() };
      const report = { key: headers['idempotency-key'], report: { ...body, subject } };
      const created = await reports.createReport(ctx, caller, report);
      return { status: created.status, body: created.body, headers: replayedHeader(created) };
    },
    listReports: async ({ caller, query }) => {
      const { items, nextCursor } = await reports.listReports(ctx, caller, { limit: 20, ...query });
      return { status: 200, body: { items: items.map(presentReport), nextCursor } };
    },
    listSanctions: async ({ caller, query }) => {
      const { items, nextCursor } = await sanctions.listSanctions(ctx, caller, { limit: 20, ...query });
      return { status: 200, body: { items: items.map(presentSanction), nextCursor } };
    },
    appealSanction: async ({ caller, path, body, headers }) => {
      const appeal = { key: headers['idempotency-key'], sanctionId: path.sanctionId.toLowerCase(), text: body.text };
      const appealed = await sanctions.appealSanction(ctx, caller, appeal);
      return { status: 201, body: appealed.body, headers: replayedHeader(appealed) };
    },
  };
}
