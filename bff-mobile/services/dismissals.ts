import { LRUCache } from 'lru-cache';
import type { operations as AdminOperations } from '#openapi/bff-admin';
import { Problem } from '#platform/problem';
import type { ServiceClient } from '#platform/service-client';

type Admin = Pick<ServiceClient<AdminOperations>, 'listDismissals' | 'putDismissal'>;

/** What people want to see no more. What was dismissed stays so, and is asked for once by each copy of this process. */
export interface Dismissals {
  /** Which of the announcements a person has dismissed; the last known of it when bff-admin does not answer in time. */
  among(userId: string, announcementIds: string[]): Promise<{ dismissed: ReadonlySet<string>; isFresh: boolean }>;
  /** @throws not_found */
  add(userId: string, announcementId: string): Promise<void>;
}

const askMs = 250;
const service = { service: true } as const;

export function createDismissals(admin: Admin): Dismissals {
  const known = new LRUCache<string, Set<string>>({ max: 50_000 });

  function remember(userId: string, announcementIds: string[]): Set<string> {
    const all = new Set([...(known.get(userId) ?? []), ...announcementIds].slice(-100));
    known.set(userId, all);
    return all;
  }

  /** Undefined for whatever it refuses: no screen fails for what is announced on it. */
  async function ask(userId: string): Promise<string[] | undefined> {
    try {
      const { body } = await admin.listDismissals({ caller: service, path: { userId }, timeoutMs: askMs });
      return body.announcementIds;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return undefined;
    }
  }

  return {
    async among(userId, announcementIds) {
      const before = known.get(userId) ?? new Set();
      if (announcementIds.every((id) => before.has(id))) return { dismissed: before, isFresh: true };
      const told = await ask(userId);
      return told ? { dismissed: remember(userId, told), isFresh: true } : { dismissed: before, isFresh: false };
    },
    async add(userId, announcementId) {
      await admin.putDismissal({ caller: service, path: { userId, announcementId } });
      remember(userId, [announcementId]);
    },
  };
}
