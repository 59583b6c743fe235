import type { Caller } from '#platform/caller';
import { versionTag } from '#platform/etag';
import type { Context } from '../context.ts';
import { presentMe, presentPerson, presentProfile } from '../helpers/present-person.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import { assertMayAct } from '../services/may-act.ts';
import { listProfiles } from '../services/people.ts';
import * as profiles from '../services/profiles.ts';
import type { OwnProfile } from '../services/profiles.ts';

export function profileControllers(
  ctx: Context,
): Pick<SocialHandlers, 'getMe' | 'updateMe' | 'assertMayAct' | 'getProfile' | 'listProfiles'> {
  const mediaBase = ctx.blobs.publicUrl;
  const ownProfile = (caller: Caller, profile: OwnProfile) => ({
    status: 200 as const,
    body: presentMe(profile, mediaBase),
    etag: versionTag(profile.version, caller.userId),
  });
  return {
    getMe: async ({ caller }) => ownProfile(caller, await profiles.getMe(ctx, caller)),
    updateMe: async ({ caller, body, headers }) =>
      ownProfile(caller, await profiles.updateMe(ctx, caller, { change: body, ifMatch: headers['if-match'] })),
    assertMayAct: async ({ caller }) => {
      await assertMayAct(ctx.db, ctx, caller);
      return { status: 204 };
    },
    getProfile: async ({ caller, path }) => {
      const { profile, relationship } = await profiles.getProfile(ctx, caller, path.handle);
      return { status: 200, body: { profile: presentProfile(profile, mediaBase), relationship } };
    },
    listProfiles: async ({ caller, query }) => {
      const found = await listProfiles(ctx, caller, query.ids);
      return { status: 200, body: { items: found.map((profile) => presentPerson(profile, mediaBase)) } };
    },
  };
}
