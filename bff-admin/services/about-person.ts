/** What a decision about something else comes to for a person: a line of its own, so that their history holds it. */
import type { components } from '#openapi/social';
import type { Details } from './audit-log.ts';
import type { Closed } from './decision-kinds.ts';

type Schemas = components['schemas'];
type SanctionKind = Schemas['SanctionKind'];

export interface AboutPerson {
  userId: string;
  action: 'user.sanction' | 'user.sanction_lift';
  details: Details;
}

const sanctionKinds: Partial<Record<string, SanctionKind>> = {
  remove_content: 'post_removed',
  warn: 'warning',
  suspend: 'suspended',
};

/** What the decision of a case has held against whoever it is about; nothing when it was dismissed. */
export function sanctionOfCase({ targetId, decisionId, facts }: Closed): AboutPerson | undefined {
  const kind = sanctionKinds[String(facts['action'])];
  if (kind === undefined) return undefined;
  const { userId, until = null, ruleIds } = facts as { userId: string; until?: string; ruleIds: string[] };
  return { userId, action: 'user.sanction', details: { kind, decisionId, reportId: targetId, ruleIds, until } };
}

/** What a post that was taken down, or put back, means to its author, when there still is one. */
export function sanctionOfPost(
  { targetId: postId, decisionId }: Closed,
  { author }: Pick<Schemas['StaffPost'], 'author'>,
  action: AboutPerson['action'],
): AboutPerson | undefined {
  if (author === null) return undefined;
  return { userId: author.id, action, details: { kind: 'post_removed', decisionId, postId } };
}

/** What is lifted when an appeal is overturned; nothing when it is upheld, or nobody is left to appeal. */
export function liftedByAppeal(
  { targetId: appealId, decisionId, facts }: Closed,
  { person, kind }: Schemas['StaffSanction'],
): AboutPerson | undefined {
  if (facts['outcome'] !== 'overturned' || person === null) return undefined;
  return { userId: person.id, action: 'user.sanction_lift', details: { kind, decisionId, appealId } };
}
