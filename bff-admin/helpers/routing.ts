type Category =
  'spam' | 'harassment' | 'hate' | 'violence' | 'self_harm' | 'sexual' | 'fraud' | 'impersonation' | 'other';
export type CasePriority = 'urgent' | 'high' | 'normal' | 'low';
type SubjectType = 'post' | 'user' | 'pocket' | 'invitation';

/** Where reports wait. `escalations` takes what moderators pass on, `appeals` what people appeal against. */
export const queues = ['safety', 'abuse', 'fraud', 'spam', 'general', 'escalations', 'appeals'] as const;
export type QueueName = (typeof queues)[number];

export interface Route {
  queue: QueueName;
  priority: CasePriority;
}

interface Rule extends Route {
  categories: Category[];
  /** Any, without it. */
  subjects?: SubjectType[];
}

/** The first one that fits decides, so the same report always goes the same way. */
const rules: Rule[] = [
  { categories: ['self_harm', 'violence'], queue: 'safety', priority: 'urgent' },
  { categories: ['fraud'], subjects: ['pocket', 'invitation'], queue: 'fraud', priority: 'urgent' },
  { categories: ['fraud', 'impersonation'], queue: 'fraud', priority: 'high' },
  { categories: ['sexual', 'hate', 'harassment'], queue: 'abuse', priority: 'high' },
  { categories: ['spam'], queue: 'spam', priority: 'normal' },
];
const otherwise: Route = { queue: 'general', priority: 'low' };

const hourMs = 3_600_000;
/** Within what time a case is decided, by its priority: the service level. */
export const serviceLevelHours: Record<CasePriority, number> = { urgent: 1, high: 8, normal: 24, low: 72 };

export function routeOf({ subjectType, category }: { subjectType: string; category: string }): Route {
  const rule = rules.find(
    ({ categories, subjects }) =>
      (categories as string[]).includes(category) &&
      (subjects === undefined || (subjects as string[]).includes(subjectType)),
  );
  return rule ? { queue: rule.queue, priority: rule.priority } : otherwise;
}

/** Whether the first priority comes before the second. */
export function isMoreUrgent(one: CasePriority, other: CasePriority): boolean {
  return serviceLevelHours[one] < serviceLevelHours[other];
}

/** The most urgent of several routes; of equals the first. */
export function mostUrgent([first, ...rest]: [Route, ...Route[]]): Route {
  return rest.reduce((best, route) => (isMoreUrgent(route.priority, best.priority) ? route : best), first);
}

export function dueAt(reportedAt: Date, priority: CasePriority): Date {
  return new Date(reportedAt.getTime() + serviceLevelHours[priority] * hourMs);
}
