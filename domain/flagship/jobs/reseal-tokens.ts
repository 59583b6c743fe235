import type { Context } from '../context.ts';
import { boundTo } from '../services/consent-tokens.ts';

const batch = 200;

interface Sealed {
  id: string;
  accessToken: string | null;
  refreshToken: string | null;
}

/**
 * Seals anew, with the first key of the ring, what an older one has sealed, so that the older one can be taken away. A token
 * that changes meanwhile is left as it has become; what no key of the ring opens is left, and someone must act.
 */
export async function resealTokens(ctx: Pick<Context, 'db' | 'vault' | 'log'>): Promise<void> {
  const counts = { resealed: 0, unreadable: 0 };
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await listOlder(ctx, after);
    for (const row of rows) {
      if (await reseal(ctx, row)) counts.resealed += 1;
      else counts.unreadable += 1;
      after = row.id;
    }
    if (rows.length < batch) break;
  }
  if (counts.unreadable > 0) ctx.log.error(counts, 'tokens are sealed by a key that is not in the ring: put it back');
  else if (counts.resealed > 0)
    ctx.log.info(counts, 'tokens were sealed with the new key; the older one is needed no more');
}

function listOlder({ db, vault }: Pick<Context, 'db' | 'vault'>, after: string): Promise<Sealed[]> {
  return db.$queryRaw<Sealed[]>`
    /* resealTokens */ select id, access_token as "accessToken", refresh_token as "refreshToken"
    from connection
    where id > ${after}::uuid
      and (split_part(access_token, '.', 1) <> ${vault.keyId} or split_part(refresh_token, '.', 1) <> ${vault.keyId})
    order by id
    limit ${batch}::int`;
}

/** False when no key opens it. */
async function reseal({ db, vault }: Pick<Context, 'db' | 'vault'>, row: Sealed): Promise<boolean> {
  const again = (sealed: string | null, to: string) =>
    sealed === null ? null : vault.seal(vault.open(sealed, to), to);
  const { id, accessToken, refreshToken } = row;
  let data: Omit<Sealed, 'id'>;
  try {
    data = {
      accessToken: again(accessToken, boundTo.access(id)),
      refreshToken: again(refreshToken, boundTo.refresh(id)),
    };
  } catch {
    return false;
  }
  await db.connection.updateMany({ where: { id, accessToken, refreshToken }, data });
  return true;
}
