import type { Caller } from '#platform/caller';
import { versionTag } from '#platform/etag';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as policies from '../services/notification-policy.ts';

type Operations = 'getNotificationPolicy' | 'putNotificationPolicy';
type Policy = Awaited<ReturnType<typeof policies.getNotificationPolicy>>;

export function notificationPolicyControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const present = (caller: Caller, { version, ...policy }: Policy) => ({
    status: 200 as const,
    body: policy,
    etag: versionTag(version, caller.userId),
  });
  return {
    getNotificationPolicy: async ({ caller }) => present(caller, await policies.getNotificationPolicy(ctx, caller)),
    putNotificationPolicy: async ({ caller, body, headers }) =>
      present(
        caller,
        await policies.putNotificationPolicy(ctx, caller, { policy: body, ifMatch: headers['if-match'] }),
      ),
  };
}
