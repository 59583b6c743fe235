import { time } from './social-section.ts';
import type { SocialSection } from './social-section.ts';

export const notices: SocialSection[] = [
  {
    name: 'notifications',
    from: 'notification n',
    owner: 'n.account_id',
    key: 'n.id',
    record: {
      id: 'n.id',
      kind: 'n.kind',
      actorId: 'n.actor_id',
      postId: 'n.post_id',
      subjectType: 'n.subject_type',
      subjectId: 'n.subject_id',
      request: 'n.request',
      createdAt: time('n.created_at'),
    },
  },
  {
    name: 'notification-policy',
    from: 'notification_policy p',
    owner: 'p.account_id',
    key: 'p.account_id',
    record: { strangers: 'p.strangers', pushOff: 'p.push_off' },
  },
  {
    name: 'markers',
    from: 'marker m',
    owner: 'm.account_id',
    key: 'md5(m.timeline)::uuid',
    record: { timeline: 'm.timeline', lastReadId: 'm.last_read_id' },
  },
];

export const rules: SocialSection[] = [
  {
    name: 'reports',
    from: 'report r',
    owner: 'r.reporter_id',
    key: 'r.id',
    record: {
      id: 'r.id',
      subjectType: 'r.subject_type',
      subjectId: 'r.subject_id',
      category: 'r.category',
      ruleIds: 'r.rule_ids',
      comment: 'r.comment',
      status: 'r.status',
      createdAt: time('r.created_at'),
      resolvedAt: time('r.resolved_at'),
    },
  },
  {
    name: 'sanctions',
    from: 'sanction s JOIN suspension_decision d ON d.id = s.decision_id',
    owner: 's.account_id',
    key: 's.id',
    record: {
      id: 's.id',
      kind: 's.kind',
      reason: 'd.reason',
      ruleIds: 's.rule_ids',
      postId: 's.post_id',
      excerpt: 's.excerpt',
      createdAt: time('s.created_at'),
      expiresAt: time('s.expires_at'),
      liftedAt: time('s.lifted_at'),
    },
  },
  {
    name: 'appeals',
    from: 'appeal a JOIN sanction s ON s.id = a.sanction_id',
    owner: 's.account_id',
    key: 'a.id',
    record: {
      id: 'a.id',
      sanctionId: 'a.sanction_id',
      text: 'a.text',
      createdAt: time('a.created_at'),
      outcome: 'a.outcome',
      decidedAt: time('a.decided_at'),
      reason: 'a.reason',
    },
  },
  {
    name: 'exports',
    from: 'account_export e',
    owner: 'e.account_id',
    key: 'e.id',
    record: { id: 'e.id', status: 'e.status', createdAt: time('e.created_at') },
  },
];
