import { sectionPageOf, sectionPlace } from '#platform/section-page';
import { Prisma } from '#prisma/financial';
import type { Context } from '../context.ts';

const sections = [
  'pockets',
  'movements',
  'wallets',
  'entries',
  'transfers',
  'rules',
  'ruleRuns',
  'covers',
  'approvals',
  'invitations',
  'guardianships',
  'challenges',
  'preferences',
] as const;
type Section = (typeof sections)[number];

/** A record as it is exported: flat, its members in the order of the columns. */
type ExportRecord = Record<string, string | number | boolean | null>;

interface Row {
  id: string;
  seq: number;
  record: ExportRecord;
}

/** One page of everything about a person's money; `counts` on the first one. */
export async function exportPerson(
  { db }: Pick<Context, 'db'>,
  personId: string,
  { limit, cursor }: { limit: number; cursor: string | undefined },
) {
  const { section, id, seq } = sectionPlace(sections, cursor);
  const rows = await db.$queryRaw<Row[]>(pages[section]({ personId, id, seq, limit: limit + 1 }));
  const { items, nextCursor } = sectionPageOf(sections, section, rows, limit);
  const counts = cursor === undefined ? await countRecords(db, personId) : null;
  return { section, items: items.map(({ record }) => record), nextCursor, counts };
}

interface Wanted {
  personId: string;
  /** Behind this row. */
  id: string;
  seq: string;
  limit: number;
}

/** What a page of each section is made of. A page costs the same wherever it is: rows are found by their keys. */
const pages: Record<Section, (wanted: Wanted) => Prisma.Sql> = {
  pockets: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson pockets */ select p.id, 0 as seq, json_build_object('id', p.id, 'name', p.name, 'emoji', p.emoji,
      'imageUrl', p.image_url, 'currency', p.currency, 'balanceMinor', a.posted_minor, 'targetMinor', p.target_minor, 'targetDate', p.target_date,
      'monthlyMinor', p.monthly_minor, 'role', member.role, 'contributedMinor', member.contributed_minor,
      'withdrawnMinor', member.withdrawn_minor, 'sharedWith', p.share_audience, 'sharesAmount', p.share_shows_amount,
      'createdAt', rfc3339(p.created_at), 'closedAt', rfc3339(p.closed_at)) as record
    from pocket_member member join pocket p on p.id = member.pocket_id join ledger_account a on a.id = p.id
    where member.member_id = ${personId}::uuid and member.left_at is null and p.id > ${id}::uuid order by p.id limit ${limit}::int`,

  movements: (wanted) => Prisma.sql`
    /* exportPerson movements */ select entry.account_id as id, entry.seq::int as seq, json_build_object('id', movement.id,
      'pocketId', movement."pocketId", 'memberId', movement."memberId", 'kind', replace(movement.kind, 'pocket_', ''), 'currency', movement.currency,
      'amountMinor', movement."amountMinor", 'balanceAfterMinor', movement."balanceAfterMinor", 'note', movement.note,
      'source', movement.source, 'transactionId', movement."transactionId", 'otherPocketId', movement."otherPocketId", 'reversesId', movement."reversesId",
      'createdAt', rfc3339(movement."createdAt")) as record
    from (${entriesOf(wanted, Prisma.sql`kind = 'pocket'`)}) entry
    join movement_facts movement on movement."pocketId" = entry.account_id and movement.seq = entry.seq
    order by entry.account_id, entry.seq`,

  wallets: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson wallets */ select id, 0 as seq, json_build_object('id', id, 'kind', kind, 'currency', currency,
      'balanceMinor', posted_minor, 'reservedMinor', reserved_minor, 'incomingMinor', incoming_minor,
      'createdAt', rfc3339(created_at)) as record
    from ledger_account where owner_id = ${personId}::uuid and kind <> 'pocket' and id > ${id}::uuid order by id limit ${limit}::int`,

  entries: (wanted) => Prisma.sql`
    /* exportPerson entries */ select entry.account_id as id, entry.seq::int as seq, json_build_object(
      'transactionId', entry.transaction_id, 'accountId', entry.account_id, 'kind', booked.kind, 'currency', entry.currency,
      'amountMinor', entry.amount_minor, 'balanceAfterMinor', entry.balance_after_minor, 'transferId', booked.transfer_id,
      'bookedAt', rfc3339(booked.booked_at)) as record
    from (${entriesOf(wanted, Prisma.sql`true`)}) entry join ledger_transaction booked on booked.id = entry.transaction_id
    order by entry.account_id, entry.seq`,

  transfers: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson transfers */ select id, 0 as seq, json_build_object('id', id, 'direction', direction, 'status', status,
      'bankAccountId', bank_account_id, 'currency', currency, 'amountMinor', amount_minor, 'reason', reason,
      'createdAt', rfc3339(created_at), 'updatedAt', rfc3339(updated_at)) as record
    from transfer where owner_id = ${personId}::uuid and id > ${id}::uuid order by id limit ${limit}::int`,

  rules: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson rules */ select id, 0 as seq, json_build_object('id', id, 'pocketId', pocket_id, 'kind', kind, 'currency', currency,
      'settings', settings::text, 'caps', caps::text, 'priority', priority, 'timeZone', time_zone, 'every', every, 'day', day,
      'nextOn', next_on, 'pausedUntil', rfc3339(paused_until), 'createdAt', rfc3339(created_at), 'endedAt', rfc3339(ended_at)) as record
    from rule where owner_id = ${personId}::uuid and id > ${id}::uuid order by id limit ${limit}::int`,

  ruleRuns: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson ruleRuns */ select run.id, 0 as seq, json_build_object('id', run.id, 'ruleId', run.rule_id, 'status', run.status,
      'code', run.code, 'limit', run.limit_name, 'occurredOn', run.occurred_on, 'transactionId', run.transaction_id,
      'transactionMinor', run.basis_minor, 'amountMinor', run.amount_minor, 'doneAt', rfc3339(run.done_at)) as record
    from (select id from rule where owner_id = ${personId}::uuid) owned cross join lateral (
      select * from rule_run where rule_id = owned.id and id > ${id}::uuid order by id limit ${limit}::int) run
    order by run.id limit ${limit}::int`,

  covers: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson covers */ select cover.id, 0 as seq, json_build_object('id', cover.id, 'transactionId', cover.transaction_id,
      'bankAccountId', cover.account_id, 'pocketId', cover.pocket_id, 'movementId', cover.movement_id, 'approvalId', cover.approval_id,
      'refundId', cover.refund_id, 'startedAt', rfc3339(cover.started_at), 'endedAt', rfc3339(cover.ended_at)) as record
    from cover where id in (select covers_of(${personId}::uuid)) and id > ${id}::uuid order by id limit ${limit}::int`,

  approvals: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson approvals */ select id, 0 as seq, json_build_object('id', id, 'pocketId', pocket_id, 'kind', kind, 'status', status,
      'amountMinor', (request -> 'amountMinor')::bigint, 'currency', request ->> 'currency', 'note', request ->> 'note', 'needed', needed,
      'createdAt', rfc3339(created_at), 'expiresAt', rfc3339(expires_at), 'decidedAt', rfc3339(decided_at)) as record
    from pocket_approval where requester_id = ${personId}::uuid and id > ${id}::uuid order by id limit ${limit}::int`,

  invitations: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson invitations */ select id, 0 as seq, json_build_object('id', id, 'pocketId', pocket_id, 'inviterId', inviter_id,
      'inviteeId', invitee_id, 'role', role, 'status', status, 'createdAt', rfc3339(created_at), 'expiresAt', rfc3339(expires_at),
      'decidedAt', rfc3339(decided_at)) as record
    from pocket_invitation where ${personId}::uuid in (inviter_id, invitee_id) and id > ${id}::uuid order by id limit ${limit}::int`,

  guardianships: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson guardianships */ select id, 0 as seq, json_build_object('id', id, 'pocketId', pocket_id, 'status', status,
      'createdAt', rfc3339(created_at), 'decidedAt', rfc3339(decided_at)) as record
    from pocket_guardian where guardian_id = ${personId}::uuid and id > ${id}::uuid order by id limit ${limit}::int`,

  challenges: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson challenges */ select race.id, 0 as seq, json_build_object('id', race.id, 'name', race.name, 'kind', race.kind,
      'isCreator', race.creator_id = member.member_id, 'pocketId', member.pocket_id, 'createdAt', rfc3339(race.created_at),
      'endsAt', rfc3339(race.ends_at), 'joinedAt', rfc3339(member.joined_at)) as record
    from challenge_member member join challenge race on race.id = member.challenge_id
    where member.member_id = ${personId}::uuid and race.id > ${id}::uuid order by race.id limit ${limit}::int`,

  preferences: ({ personId, id, limit }) => Prisma.sql`
    /* exportPerson preferences */ select person_id as id, 0 as seq, json_build_object('timeZone', time_zone,
      'updatedAt', rfc3339(updated_at)) as record
    from person_preference where person_id = ${personId}::uuid and person_id > ${id}::uuid limit ${limit}::int`,
};

/** The person's entries behind a place, account by account, each in the order of its own counter. */
function entriesOf({ personId, id, seq, limit }: Wanted, which: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    select entry.* from (
      select id from ledger_account where id in (select accounts_of(${personId}::uuid)) and id >= ${id}::uuid and ${which} order by id) account
    cross join lateral (
      select * from ledger_entry where account_id = account.id
        and seq > case when account.id = ${id}::uuid then ${seq}::bigint else 0 end
      order by seq limit ${limit}::int) entry
    order by entry.account_id, entry.seq limit ${limit}::int`;
}

async function countRecords(db: Context['db'], personId: string): Promise<Record<Section, number>> {
  const rows = await db.$queryRaw<Record<Section, number>[]>`
    /* exportPerson counts */ select
      count(*) filter (where kind = 'pocket')::int as pockets,
      coalesce(sum(entry_count) filter (where kind = 'pocket'), 0)::int as movements,
      count(*) filter (where kind <> 'pocket')::int as wallets,
      coalesce(sum(entry_count), 0)::int as entries,
      (select count(*)::int from transfer where owner_id = ${personId}::uuid) as transfers,
      (select count(*)::int from rule where owner_id = ${personId}::uuid) as rules,
      (select count(*)::int from rule_run run join rule on rule.id = run.rule_id where rule.owner_id = ${personId}::uuid) as "ruleRuns",
      (select count(*)::int from covers_of(${personId}::uuid)) as covers,
      (select count(*)::int from pocket_approval where requester_id = ${personId}::uuid) as approvals,
      (select count(*)::int from pocket_invitation where ${personId}::uuid in (inviter_id, invitee_id)) as invitations,
      (select count(*)::int from pocket_guardian where guardian_id = ${personId}::uuid) as guardianships,
      (select count(*)::int from challenge_member where member_id = ${personId}::uuid) as challenges,
      (select count(*)::int from person_preference where person_id = ${personId}::uuid) as preferences
    from ledger_account where id in (select accounts_of(${personId}::uuid))`;
  const [counts] = rows;
  if (!counts) throw new Error('the counting statement answered nothing');
  return counts;
}
