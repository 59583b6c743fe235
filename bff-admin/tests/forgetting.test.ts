import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { newId } from '#platform/ids';
import { generateServiceKey } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import { createTestClock } from '#platform/testing/test-clock';
import type { operations } from '#openapi/social';
import { createContext } from '../context.ts';
import { forgetPeople } from '../jobs/forget-people.ts';
import { sweep } from '../jobs/sweep.ts';
import { startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

const clock = createTestClock();
const daysMs = 86_400_000;
/** Whom social still knows. */
const known = new Set<string>();
let portal: Portal;
let social: { url: string; stop(): Promise<void> };
let owner: pg.Pool;
let made: Awaited<ReturnType<typeof createContext>>;

beforeAll(async () => {
  const key = generateServiceKey();
  social = await startStandIn<Pick<operations, 'listProfiles'>>({
    name: 'social',
    trust: { 'bff-admin': key.publicKey },
    handlers: {
      listProfiles: ({ query: { ids } }) => {
        const items = ids.filter((id) => known.has(id)).map((id) => ({ id, handle: 'ada', displayName: 'Ada', avatarUrl: null })); // prettier-ignore
        return { status: 200, body: { items } };
      },
    },
  });
  const configure = (config: Portal['config']) => ({ ...config, socialUrl: social.url, serviceTokenKey: key.privateKey }); // prettier-ignore
  portal = await startPortal({ clock, configure });
  owner = new pg.Pool({ connectionString: portal.databases.adminUrl('admin'), max: 1, options: '-c search_path=admin' }); // prettier-ignore
  made = await createContext('forgetting-test', portal.config, clock);
});
afterAll(async () => {
  for (const resource of made.resources) await resource.close();
  await owner.end();
  await portal.stop();
  await social.stop();
});

test('what staff noted goes with the person, of however many; what was decided stays', async () => {
  const people = Array.from({ length: 130 }, () => newId()).sort();
  const staying = people.filter((_id, at) => at % 2 === 0);
  for (const id of staying) known.add(id);
  for (const id of people) await noteAbout(id);

  await forgetPeople(made.ctx);
  await forgetPeople(made.ctx);

  expect(await column('SELECT user_id FROM user_note ORDER BY 1')).toEqual(staying);
  expect(await column('SELECT user_id FROM muted_reporter ORDER BY 1')).toEqual(staying);
  expect(await column("SELECT case_id FROM case_event WHERE kind = 'noted' ORDER BY 1")).toEqual(staying);
  expect(await column("SELECT case_id FROM case_event WHERE kind = 'decided' ORDER BY 1")).toEqual(people);
});

test('keeps an answer for a week, and a dismissal for a month after its announcement', async () => {
  const [over, open] = [newId(), newId()].sort() as [string, string];
  for (const [id, endsAt] of [
    [over, clock.now()],
    [open, null],
  ] as const) {
    await owner.query("INSERT INTO announcement (id, title, body, starts_at, ends_at) VALUES ($1, 'A', 'B', $2, $3)", [id, new Date(0), endsAt]); // prettier-ignore
    await owner.query("INSERT INTO announcement_dismissal (announcement_id, person_hash) VALUES ($1, 'x')", [id]);
  }
  await owner.query("INSERT INTO idempotency (owner_id, operation, key, request_hash, status, body, created_at) VALUES ($1, 'o', 'k', 'h', 201, '{}', $2)", [newId(), clock.now()]); // prettier-ignore
  const left = async () => [await column('SELECT announcement_id FROM announcement_dismissal ORDER BY 1'), await column('SELECT key FROM idempotency')]; // prettier-ignore

  clock.advance(7 * daysMs);
  await sweep(made.ctx);
  const afterAWeek = await left();
  clock.advance(2 * daysMs);
  await sweep(made.ctx);
  const later = await left();
  clock.advance(22 * daysMs);
  await sweep(made.ctx);

  expect(afterAWeek).toEqual([[over, open], ['k']]);
  expect(later).toEqual([[over, open], []]);
  expect(await left()).toEqual([[open], []]);
});

test('a job that was given up is kept for a month', async () => {
  for (const [name, days] of [
    ['older', 31],
    ['younger', 29],
  ] as const) {
    await owner.query('SELECT admin_jobs.add_job($1)', [name]);
    await owner.query("UPDATE admin_jobs._private_jobs SET attempts = max_attempts, run_at = now() - $1 * interval '1 day' WHERE id = (SELECT max(id) FROM admin_jobs._private_jobs)", [days]); // prettier-ignore
  }

  await sweep(made.ctx);

  const names = await column('SELECT task_identifier FROM admin_jobs.jobs WHERE attempts >= max_attempts');
  expect(names).toEqual(['younger']);
});

async function column(sql: string): Promise<unknown[]> {
  const { rows } = await owner.query<Record<string, unknown>>(sql);
  return rows.map((row) => Object.values(row)[0]);
}

/** A note, a mute, and a case with a note and a decision, each under the id of the person. */
async function noteAbout(id: string): Promise<void> {
  await owner.query("INSERT INTO user_note (id, user_id, text, author_oid, author_name, created_at) VALUES ($1, $1, 'Hm', $1, 'Marco', now())", [id]); // prettier-ignore
  await owner.query("INSERT INTO muted_reporter (user_id, reason, muted_at) VALUES ($1, 'Hm', now())", [id]);
  await owner.query(`INSERT INTO report_case (id, subject_type, subject_id, subject_owner_id, status, queue, priority, opened_at, due_at)
    VALUES ($1, 'user', $1, $1, 'open', 'spam', 'normal', now(), now())`, [id]); // prettier-ignore
  for (const kind of ['noted', 'decided']) {
    await owner.query("INSERT INTO case_event (id, case_id, kind, details) VALUES ($1, $2, $3::case_event_kind, '{}')", [newId(), id, kind]); // prettier-ignore
  }
}
