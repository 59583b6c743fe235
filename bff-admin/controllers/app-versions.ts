import { versionTag } from '#platform/etag';
import type { Context } from '../context.ts';
import { presentAppVersion } from '../helpers/present-app-version.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import * as versions from '../services/app-versions.ts';
import type { AppVersion } from '../services/app-versions.ts';

export function appVersionControllers(
  ctx: Pick<Context, 'db' | 'clock'>,
): Pick<AdminHandlers, 'listAppVersions' | 'getAppVersion' | 'putAppVersion'> {
  return {
    listAppVersions: async () => ({
      status: 200,
      body: { items: (await versions.listAppVersions(ctx)).map(presentAppVersion) },
    }),
    getAppVersion: async ({ caller, path }) => replyOf(await versions.getAppVersion(ctx, path.platform), caller),
    putAppVersion: async ({ caller, path, body, headers }) =>
      replyOf(await versions.putAppVersion(ctx, caller, { ...path, ...body, ifMatch: headers['if-match'] }), caller),
  };
}

function replyOf(row: AppVersion, { oid }: StaffCaller) {
  return { status: 200 as const, body: presentAppVersion(row), etag: versionTag(row.version, oid) };
}
