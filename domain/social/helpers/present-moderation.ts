import type { components } from '#openapi/social';
import type { AppealRow } from '../services/appeals.ts';
import type { Profile } from '../services/profiles.ts';
import type { Report } from '../services/reports.ts';
import type { StaffPostRow } from '../services/removals.ts';
import type { StaffReportRow } from '../services/staff-reports.ts';
import type { StaffSanctionRow } from '../services/staff-sanctions.ts';
import { mediaUrl } from './media-url.ts';
import { presentPerson } from './present-person.ts';
import { presentReport } from './present-report.ts';

type Schemas = components['schemas'];

export function presentReportForStaff(
  { reporter, subjectOwner, ...report }: StaffReportRow,
  mediaBase: string,
): Schemas['StaffReport'] {
  return {
    ...presentReport(report),
    reporter: presentStaffPerson(reporter, mediaBase),
    subjectOwner: presentStaffPerson(subjectOwner, mediaBase),
    excerpt: report.excerpt,
  };
}

/** Ids alone: who looks at a case asks for the rest. */
export function presentOpenReport(report: Report): Schemas['OpenReport'] {
  const { id, reporterId, subjectType, subjectId, subjectOwnerId, category, createdAt } = report;
  return {
    id,
    reporterId,
    subject: { type: subjectType, id: subjectId },
    subjectOwnerId,
    category,
    createdAt: createdAt.toISOString(),
  };
}

export function presentSanctionForStaff(
  { account, decision, ...sanction }: StaffSanctionRow,
  mediaBase: string,
): Schemas['StaffSanction'] {
  return {
    id: sanction.id,
    person: presentStaffPerson(account, mediaBase),
    kind: sanction.kind,
    reason: decision.reason,
    staffId: decision.staffId,
    decisionId: decision.id,
    ruleIds: sanction.ruleIds,
    postId: sanction.postId,
    excerpt: sanction.excerpt,
    until: decision.until?.toISOString() ?? null,
    createdAt: sanction.createdAt.toISOString(),
    expiresAt: sanction.expiresAt.toISOString(),
    liftedAt: sanction.liftedAt?.toISOString() ?? null,
  };
}

export function presentAppealForStaff({ sanction, ...appeal }: AppealRow, mediaBase: string): Schemas['StaffAppeal'] {
  return {
    id: appeal.id,
    sanction: presentSanctionForStaff(sanction, mediaBase),
    text: appeal.text,
    createdAt: appeal.createdAt.toISOString(),
    outcome: appeal.outcome,
    reason: appeal.reason,
    decidedAt: appeal.decidedAt?.toISOString() ?? null,
  };
}

export function presentPostForStaff(post: StaffPostRow, mediaBase: string): Schemas['StaffPost'] {
  return {
    id: post.id,
    author: presentStaffPerson(post.author, mediaBase),
    text: post.text,
    media: post.media.map(({ media }) => ({
      id: media.id,
      url: mediaUrl(mediaBase, media.id, 'image'),
      altText: media.altText,
    })),
    visibility: post.visibility,
    replyToId: post.replyToId,
    createdAt: post.createdAt.toISOString(),
    editedAt: post.editedAt?.toISOString() ?? null,
    deletedAt: post.deletedAt?.toISOString() ?? null,
    removal: presentRemoval(post),
    history: post.revisions.map(({ version, text, writtenAt }) => ({
      version,
      text,
      writtenAt: writtenAt.toISOString(),
    })),
  };
}

function presentRemoval({ removedAt, sanctions: [sanction] }: StaffPostRow): Schemas['StaffPost']['removal'] {
  if (removedAt === null || !sanction) return null;
  const { reason, staffId } = sanction.decision;
  return { removedAt: removedAt.toISOString(), reason, ruleIds: sanction.ruleIds, staffId };
}

function presentStaffPerson(account: { profile: Profile | null } | null, mediaBase: string): Schemas['StaffPerson'] {
  return account?.profile ? presentPerson(account.profile, mediaBase) : null;
}
