import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { lastId } from '../helpers/page.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

type Report = Parameters<World['social']['createReport']>[0]['body'];
type Subject = NonNullable<Report>['subject'];
type Visibility = 'public' | 'followers' | 'self';

const staff = { staffId: 'staff-1' };
const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

async function post({ as }: Person, text = 'Buy now', visibility: Visibility = 'public'): Promise<string> {
  return (await world.social.createPost({ as, body: { text, visibility } }).expect(201)).body.id;
}
function report({ as }: Person, subject: Subject, extra: Partial<NonNullable<Report>> = {}, key?: string) {
  // Lists are by time: no two reports are made at the same moment.
  world.clock.advance(1);
  const headers = key === undefined ? {} : { 'Idempotency-Key': key };
  return world.social.createReport({ as, headers, body: { subject, category: 'spam', ...extra } });
}
const aboutPost = (id: string): Subject => ({ type: 'post', id });
const aboutUser = ({ id }: Person): Subject => ({ type: 'user', id });
const own = async ({ as }: Person) => (await world.social.listReports({ as, query: {} }).expect(200)).body.items;
const block = ({ as }: Person, { id }: Person) => world.social.blockUser({ as, path: { userId: id } }).expect(204);
const resolve = (reportId: string, outcome: 'acted' | 'dismissed' = 'acted', decisionId: string = randomUUID()) =>
  world.social.resolveReport({ as: staff, path: { reportId }, body: { decisionId, reason: 'Looked at', outcome } });

test('lists the rules, each with a name of its own', async () => {
  const { as } = await world.person();

  const { body } = await world.social.listCommunityRules({ as }).expect(200);

  expect(body.items.length).toBeGreaterThan(4);
  expect(new Set(body.items.map(({ id }) => id)).size).toBe(body.items.length);
});

test('takes a report of a post, and shows it to its reporter alone', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const subject = aboutPost(await post(ben));

  const { body } = await report(ada, subject, { ruleIds: ['no_spam'], comment: 'Everywhere' }).expect(201);

  expect(body).toMatchObject({
    subject,
    category: 'spam',
    ruleIds: ['no_spam'],
    comment: 'Everywhere',
    status: 'open',
  });
  expect(await own(ada)).toEqual([body]);
  expect(await own(ben)).toEqual([]);
});

test('answers the report that is open, until it is closed', async () => {
  const [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
  const subject = aboutUser(ben);
  const first = await report(ada, subject).expect(201);

  const again = await report(ada, { ...subject, id: subject.id.toUpperCase() }, { category: 'fraud' }).expect(200);
  const another = await report(cleo, subject).expect(201);
  await resolve(first.body.id, 'dismissed').expect(200);
  const anew = await report(ada, subject).expect(201);

  expect(again.body).toEqual(first.body);
  expect(another.body.id).not.toBe(first.body.id);
  expect(anew.body.id).not.toBe(first.body.id);
  expect((await own(ada)).map(({ status }) => status)).toEqual(['open', 'dismissed']);
});

test('makes one of many reports at once', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const subject = aboutPost(await post(ben));

  const answers = await Promise.all(Array.from({ length: 8 }, () => report(ada, subject)));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  expect(new Set(answers.map(({ body }) => (body as { id: string }).id)).size).toBe(1);
});

test('answers a key again, and refuses it for something else', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const first = await report(ada, aboutUser(ben), {}, 'k1').expect(201);

  const replay = await report(ada, aboutUser(ben), {}, 'k1').expect(201);

  expect(replay.body).toEqual(first.body);
  expect(replay.headers['idempotency-replayed']).toBe('true');
  expect((await report(ada, aboutUser(ben), { category: 'hate' }, 'k1').expect(422)).body.code).toBe(
    'idempotency_key_reused',
  );
});

test('refuses rules that there are not, what is one’s own, and what is no report', async () => {
  const [ada, ben] = [await world.person(), await world.person()];

  const unknown = await report(ada, aboutUser(ben), { ruleIds: ['no_spam', 'be_nice'] }).expect(422);
  expect(unknown.body).toMatchObject({ code: 'unknown_rule', errors: [{ pointer: '/ruleIds/1' }] });
  expect((await report(ada, aboutUser(ada)).expect(422)).body.code).toBe('own_content');
  expect((await report(ada, aboutPost(await post(ada))).expect(422)).body.code).toBe('own_content');
  await report(ada, aboutUser(ben), { category: 'boring' as 'spam' }).expect(400);
  await report(ada, aboutUser(ben), { comment: '   ' }).expect(400);
  await report(ada, aboutUser(ben), {
    ruleIds: Array.from({ length: 11 }, (_, at) => `rule_${'x'.repeat(at)}`),
  }).expect(400);
  await report(ada, { type: 'song' as 'post', id: ben.id }).expect(400);
  await report(ada, { type: 'user', id: 'ben' }).expect(400);
  expect(await own(ada)).toEqual([]);
});

describe('what the reporter may not see is not there', () => {
  test('posts that are not for them, deleted or removed', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const [followers, self, gone, removed] = [
      await post(ben, 'For followers', 'followers'),
      await post(ben, 'For me', 'self'),
      await post(ben),
      await post(ben),
    ];
    await world.social.deletePost({ as: ben.as, path: { postId: gone } }).expect(204);
    const decision = { decisionId: randomUUID(), reason: 'Spam' };
    await world.social.removePost({ as: staff, path: { postId: removed }, body: decision }).expect(200);

    const answers = await Promise.all(
      [followers, self, gone, removed, missing].map((id) => report(ada, aboutPost(id))),
    );

    const told = answers.map(({ status, body }) => [status, (body as { code: string }).code]);
    expect(told).toEqual(Array.from({ length: 5 }, () => [404, 'not_found']));
    await world.social.followUser({ as: ada.as, path: { userId: ben.id } }).expect(200);
    await report(ada, aboutPost(followers)).expect(201);
  });

  test('people who have blocked them, and posts across a block; whom they block themselves they may report', async () => {
    const [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
    const [bens, cleos] = [await post(ben), await post(cleo)];
    await block(ben, ada);
    await block(ada, cleo);

    for (const subject of [aboutUser(ben), aboutPost(bens), aboutPost(cleos), aboutUser({ ...ben, id: missing })])
      await report(ada, subject).expect(404);
    await report(ada, aboutUser(cleo)).expect(201);
  });

  test('people who are leaving', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await world.social.closeAccount({ as: ben.as }).expect(202);

    await report(ada, aboutUser(ben)).expect(404);
  });

  test('pockets that are not shown to them', async () => {
    const [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
    const pocket: Subject = { type: 'pocket', id: randomUUID() };
    const shown = (audience: 'public' | 'followers' | null, owner = ben, opened = false) => ({
      pocketShare: { ownerId: owner.id, audience, opened },
    });
    await block(cleo, ada);

    await report(ada, pocket).expect(404);
    await report(ada, pocket, shown(null)).expect(404);
    await report(ada, pocket, shown('followers')).expect(404);
    await report(ada, pocket, shown('public', cleo)).expect(404);
    await report(ada, pocket, shown('public', { ...ben, id: missing })).expect(404);
    expect((await report(ada, pocket, shown(null, ada, true)).expect(422)).body.code).toBe('own_content');
    await report(ada, { ...pocket, id: randomUUID() }, shown(null, cleo, true)).expect(201);
    await world.social.followUser({ as: ada.as, path: { userId: ben.id } }).expect(200);
    await report(ada, pocket, shown('followers')).expect(201);
    await report(ada, pocket, shown('public')).expect(200);
  });
});

test('counts reports, refused ones too, and stops at the limit', async () => {
  const ada = await world.person();
  for (let count = 0; count < 50; count += 1) await report(ada, aboutPost(missing)).expect(404);

  const refused = await report(ada, aboutPost(missing)).expect(429);

  expect(refused.headers['ratelimit-policy']).toMatch(/^"report";q=50;/);
  world.clock.advance(3_600_000);
  await report(ada, aboutPost(missing)).expect(404);
});

test('a suspended person can report', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const decision = { decisionId: randomUUID(), reason: 'Spam' };
  await world.social.suspendAccount({ as: staff, path: { userId: ada.id }, body: decision }).expect(200);

  await report(ada, aboutUser(ben)).expect(201);
});

test('pages through the caller’s reports while more are made', async () => {
  const ada = await world.person();
  for (let count = 0; count < 5; count += 1) await report(ada, aboutUser(await world.person())).expect(201);
  const expected = (await own(ada)).map(({ id }) => id);

  const first = await world.social.listReports({ as: ada.as, query: { limit: 3 } }).expect(200);
  await report(ada, aboutUser(await world.person())).expect(201);
  const rest = await world.social
    .listReports({ as: ada.as, query: { limit: 3, cursor: first.body.nextCursor ?? '' } })
    .expect(200);

  expect([...first.body.items, ...rest.body.items].map(({ id }) => id)).toEqual(expected);
  expect(rest.body.nextCursor).toBeNull();
});

describe('staff', () => {
  test('see who reported whom, and what the post said then', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const postId = await post(ben, `${'x'.repeat(299)}🎉 and more`);
    const { body: made } = await report(ada, aboutPost(postId)).expect(201);
    await world.social.deletePost({ as: ben.as, path: { postId } }).expect(204);

    const { body } = await world.social.getReportForStaff({ as: staff, path: { reportId: made.id } }).expect(200);

    expect(body).toMatchObject({ reporter: { id: ada.id }, subjectOwner: { id: ben.id }, status: 'open' });
    expect(body.excerpt).toBe(`${'x'.repeat(299)}🎉`);
  });

  test('find reports by status, category, subject and people', async () => {
    const [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
    const spam = (await report(ada, aboutUser(ben)).expect(201)).body.id;
    const hate = (await report(ada, aboutUser(cleo), { category: 'hate' }).expect(201)).body.id;
    const other = (await report(cleo, aboutPost(await post(ben))).expect(201)).body.id;
    await resolve(hate).expect(200);
    const find = async (query: NonNullable<Parameters<World['social']['listReportsForStaff']>[0]['query']>) =>
      (await world.social.listReportsForStaff({ as: staff, query }).expect(200)).body.items.map(({ id }) => id);

    expect(await find({ reporterId: ada.id })).toEqual([hate, spam]);
    expect(await find({ reporterId: ada.id, status: 'acted' })).toEqual([hate]);
    expect(await find({ reporterId: ada.id, category: 'spam' })).toEqual([spam]);
    expect(await find({ subjectId: ben.id })).toEqual([spam]);
    expect(await find({ subjectOwnerId: ben.id, limit: 1 })).toEqual([other]);
  });

  test('find those of one subject by a key, however many there are', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const { body: made } = await report(ada, aboutUser(ben)).expect(201);
    await world.query(
      `INSERT INTO report (id, reporter_id, subject_type, subject_id, subject_owner_id, category, created_at)
       SELECT uuidv7(), $1, 'pocket', gen_random_uuid(), $2, 'spam', now() FROM generate_series(1, 5000)`,
      ada.id,
      ben.id,
    );
    await world.query('ANALYZE report');

    const query = { subjectId: ben.id };
    const { body } = await world.social.listReportsForStaff({ as: staff, query }).expect(200);
    const plan = await world.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT * FROM report WHERE subject_id = '${ben.id}' AND id < '${lastId}' ORDER BY id DESC LIMIT 21`,
    );

    expect(body.items.map(({ id }) => id)).toEqual([made.id]);
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('report_subject_id_id_idx');
  });

  test('close a report once for a decision; the reporter is told, the reported is not', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const { body: made } = await report(ada, aboutUser(ben)).expect(201);
    const decisionId = randomUUID();

    await resolve(made.id, 'acted', decisionId).expect(200);
    const again = await resolve(made.id, 'acted', decisionId).expect(200);

    expect(again.body.status).toBe('acted');
    expect((await resolve(made.id).expect(409)).body.code).toBe('report_closed');
    const { body: other } = await report(ben, aboutUser(ada)).expect(201);
    expect((await resolve(other.id, 'acted', decisionId).expect(409)).body.code).toBe('decision_reused');
    expect((await own(ada))[0]).toMatchObject({ status: 'acted', resolvedAt: expect.any(String) as unknown });
    const told = await waitFor('the notification', async () => {
      const { body } = await world.social.listNotifications({ as: ada.as, query: {} }).expect(200);
      return body.items.length > 0 ? body.items : undefined;
    });
    expect(told).toMatchObject([{ kind: 'moderation', subject: { type: 'report', id: made.id } }]);
    expect((await world.social.listNotifications({ as: ben.as, query: {} }).expect(200)).body.items).toEqual([]);
  });

  test('of two who close it at once, one does', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const { body: made } = await report(ada, aboutUser(ben)).expect(201);

    const answers = await Promise.all([resolve(made.id, 'acted'), resolve(made.id, 'dismissed'), resolve(made.id)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  test('alone can do so', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const { body: made } = await report(ada, aboutUser(ben)).expect(201);
    const body = { decisionId: randomUUID(), reason: 'Mine', outcome: 'dismissed' as const };

    await world.social.listReportsForStaff({ as: ben.as, query: {} }).expect(403);
    await world.social.getReportForStaff({ as: ben.as, path: { reportId: made.id } }).expect(403);
    await world.social.resolveReport({ as: ben.as, path: { reportId: made.id }, body }).expect(403);
    await world.social.getReportForStaff({ as: staff, path: { reportId: missing } }).expect(404);
    await resolve(missing).expect(404);
  });
});

describe('a decision on everything that is reported of one subject', () => {
  type Action = 'dismiss' | 'remove_content' | 'warn' | 'suspend';
  const decide = (
    subject: Subject,
    action: Action,
    extra: { ruleIds?: string[]; decisionId?: string; until?: string } = {},
  ) =>
    world.social.decideReports({
      as: staff,
      path: { subjectType: subject.type, subjectId: subject.id },
      body: { decisionId: randomUUID(), reason: 'Spam in replies', action, ...extra },
    });
  const sanctionsOf = async ({ id }: Person) =>
    (await world.social.listSanctionsForStaff({ as: staff, query: { userId: id } }).expect(200)).body.items;
  const told = async ({ as }: Person) =>
    (await world.social.listNotifications({ as, query: {} }).expect(200)).body.items;
  const openReports = async (query: { since?: string; subjectId?: string; limit?: number } = {}) =>
    (await world.social.listOpenReports({ as: { service: true }, query }).expect(200)).body.items;

  test('takes the post down, closes all of its reports, and tells each reporter of their own', async () => {
    const [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
    const subject = aboutPost(await post(ben));
    const reports = [await report(ada, subject).expect(201), await report(cleo, subject).expect(201)];
    const elsewhere = await report(ada, aboutUser(ben)).expect(201);

    const { body } = await decide(subject, 'remove_content', { ruleIds: ['no_spam'] }).expect(200);

    expect(body).toMatchObject({ subject, action: 'remove_content' });
    expect(await sanctionsOf(ben)).toMatchObject([
      { kind: 'post_removed', postId: subject.id, ruleIds: ['no_spam'], decisionId: body.decisionId },
    ]);
    expect((await own(ada)).map(({ id, status }) => [id, status])).toEqual([
      [elsewhere.body.id, 'open'],
      [reports[0]?.body.id, 'acted'],
    ]);
    expect((await own(cleo))[0]).toMatchObject({ status: 'acted' });
    expect(await told(ada)).toMatchObject([{ subject: { type: 'report', id: reports[0]?.body.id } }]);
    expect(await told(cleo)).toMatchObject([{ subject: { type: 'report', id: reports[1]?.body.id } }]);
    expect((await told(ben)).map((notice) => notice.subject?.type)).toEqual(['sanction']);
    await world.social.getPost({ as: cleo.as, path: { postId: subject.id } }).expect(404);
  });

  test('pushes to however many reporters by one statement', async () => {
    const [ben, ...reporters] = [await world.person(), await world.person(), await world.person()];
    for (const reporter of reporters) {
      const { as, id, sessionId } = reporter;
      const body = { platform: 'ios', pushToken: `token-${id}`, sessionId } as const;
      await world.social.putDevice({ as, path: { deviceId: randomUUID() }, body }).expect(200);
      await report(reporter, aboutUser(ben)).expect(201);
    }
    await world.query(`
      CREATE TABLE push_statement (at timestamptz, job_key text);
      CREATE FUNCTION note_push() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = social AS
        $$ BEGIN INSERT INTO push_statement VALUES (statement_timestamp(), NEW.key); RETURN NEW; END $$;
      CREATE TRIGGER note_push BEFORE INSERT ON social_jobs._private_jobs FOR EACH ROW
        WHEN (NEW.key LIKE 'push:%') EXECUTE FUNCTION note_push();`);

    await decide(aboutUser(ben), 'dismiss').expect(200);

    const noted = await world.query<{ at: string; key: string }>(
      'SELECT at::text AS at, job_key AS key FROM push_statement',
    );
    expect(noted.map(({ key }) => key).sort()).toEqual(reporters.map(({ id }) => `push:${id}`).sort());
    expect(new Set(noted.map(({ at }) => at)).size).toBe(1);
  });

  test('is made once, and a report that comes afterwards waits again', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const subject = aboutUser(ben);
    const decisionId = randomUUID();
    await report(ada, subject).expect(201);

    await decide(subject, 'warn', { decisionId }).expect(200);
    const anew = await report(ada, subject).expect(201);
    await decide(subject, 'warn', { decisionId }).expect(200);

    expect(await sanctionsOf(ben)).toHaveLength(1);
    expect(await openReports({ subjectId: ben.id })).toMatchObject([{ id: anew.body.id, reporterId: ada.id, subject }]);
    expect((await decide(subject, 'dismiss', { decisionId }).expect(409)).body.code).toBe('decision_reused');
    await decide(subject, 'dismiss').expect(200);
    expect((await own(ada)).map(({ status }) => status)).toEqual(['dismissed', 'acted']);
  });

  test('suspends for a time, and is refused whole when that has passed', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const subject = aboutUser(ben);
    await report(ada, subject).expect(201);

    await decide(subject, 'suspend', { until: '2020-01-01T00:00:00Z' }).expect(400);
    expect((await own(ada))[0]).toMatchObject({ status: 'open' });
    const until = new Date(world.clock.now().getTime() + 86_400_000).toISOString();
    await decide(subject, 'suspend', { until }).expect(200);

    expect(await sanctionsOf(ben)).toMatchObject([{ kind: 'suspended', until }]);
    expect((await world.social.createPost({ as: ben.as, body: { text: 'Hi', visibility: 'public' } }).expect(403)).body.code).toBe('account_suspended'); // prettier-ignore
  });

  test('is refused of what cannot be removed, is gone, is not reported, or by rules that there are not', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const [deleted, unreported] = [aboutPost(await post(ben)), aboutPost(await post(ben))];
    await report(ada, deleted).expect(201);
    await report(ada, aboutUser(ben)).expect(201);
    await world.social.deletePost({ as: ben.as, path: { postId: deleted.id } }).expect(204);

    expect((await decide(aboutUser(ben), 'remove_content').expect(422)).body.code).toBe('not_removable');
    expect((await decide(deleted, 'remove_content').expect(409)).body.code).toBe('content_gone');
    expect((await decide(deleted, 'warn', { ruleIds: ['be_nice'] }).expect(422)).body.code).toBe('unknown_rule');
    await decide(unreported, 'dismiss').expect(404);
    expect(await openReports({ subjectId: deleted.id })).toHaveLength(1);
    await decide(deleted, 'warn').expect(200);
    expect(await sanctionsOf(ben)).toMatchObject([{ kind: 'warning', postId: null }]);
  });

  test('of many at once, each report is closed by one', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await report(ada, aboutUser(ben)).expect(201);

    await Promise.all(Array.from({ length: 4 }, () => decide(aboutUser(ben), 'dismiss').expect(200)));

    expect(await told(ada)).toHaveLength(1);
  });

  test('open reports are told oldest first, from a moment on, to services alone', async () => {
    const [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
    await report(ada, aboutUser(ben)).expect(201);
    const since = new Date(world.clock.now().getTime() + 1).toISOString();
    const later = [await report(ada, aboutUser(cleo)).expect(201), await report(ben, aboutUser(cleo)).expect(201)];

    expect((await openReports({ since })).map(({ id }) => id)).toEqual(later.map(({ body }) => body.id));
    await world.social.listOpenReports({ as: staff, query: {} }).expect(403);
    await world.social.listSanctionsForStaff({ as: ada.as, query: { userId: ben.id } }).expect(403);
    await world.social.decideReports({ as: ada.as, path: { subjectType: 'user', subjectId: ben.id }, body: { decisionId: randomUUID(), reason: 'Mine', action: 'dismiss' } }).expect(403); // prettier-ignore
  });
});
