/** The social service with its worker, on databases of its own, for one test file; and builders of what tests need. */
import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { loadDocument } from '#platform/document';
import { createServiceTokenIssuer } from '#platform/service-token';
import { createTestDatabases } from '#platform/testing/databases';
import { testServers } from '#platform/testing/servers';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { createServiceTestClient } from '#platform/testing/service-test-client';
import { createTestClock } from '#platform/testing/test-clock';
import { testSettings } from '#platform/testing/test-settings';
import { waitFor } from '#platform/testing/wait';
import { withClient } from '#platform/database-setup';
import type { operations } from '#openapi/social';
import { createMailbox } from '../../../dev/mailbox/mailbox.ts';
import type { WorkerConfig } from '../config.ts';
import { createSocialWorker } from '../jobs/worker.ts';
import { createSocialService } from '../service.ts';

export const password = 'correct-horse-9';
/** Where nobody listens. */
const nowhere = 'http://127.0.0.1:9';

export interface Person {
  id: string;
  handle: string;
  email: string;
  sessionId: string;
  refreshToken: string;
  /** Give it as `as`: calls are made for this person. */
  as: { userId: string };
}

export type World = Awaited<ReturnType<typeof createWorld>>;

interface WorldOptions {
  largeAuthorFollowers?: number;
  /** What the worker is told beside it; without, it reaches no other service. */
  worker?: Partial<WorkerConfig>;
}

/** Call `close` in `afterAll`. */
export async function createWorld({ largeAuthorFollowers = 10_000, worker: told = {} }: WorldOptions = {}) {
  const databases = await createTestDatabases();
  const { keys, trust } = generateServiceKeys([
    'bff-mobile',
    'bff-admin',
    'social',
    'financial',
    'flagship',
    'stranger',
  ]);
  const { stranger: _untrusted, ...trusted } = trust;
  const shared = {
    databaseUrl: databases.url('social'),
    blobAccess: testServers().blobConnectionString,
    logLevel: 'silent',
    largeAuthorFollowers,
    accountClosureDays: 14,
  };
  const clock = createTestClock();
  const service = await createSocialService(
    {
      ...shared,
      settings: testSettings(),
      trust: trusted,
      refreshTokenKey: randomBytes(32).toString('base64url'),
    },
    clock,
  );
  const mailbox = createMailbox({ port: 0, smtpPort: 0, host: '127.0.0.1' });
  const { smtpPort } = await mailbox.start();
  const worker = await createSocialWorker(
    {
      ...shared,
      metricsPort: 0,
      financialUrl: nowhere,
      flagshipUrl: nowhere,
      serviceTokenKey: keys['social']?.privateKey ?? {},
      push: { recorderUrl: nowhere },
      mail: { smtpUrl: `smtp://127.0.0.1:${String(smtpPort)}`, from: 'CLYNC <no-reply@clync.example>' },
      ...told,
    },
    clock,
  );
  await worker.start();

  const clientOf = (issuer?: string) =>
    createServiceTestClient<operations>({
      app: service.app,
      document: loadDocument('social'),
      audience: 'social',
      issuer,
      keys,
    });
  const social = await clientOf();
  const tokens = await createServiceTokenIssuer('bff-mobile', keys['bff-mobile']?.privateKey ?? {});
  const query = <Row>(sql: string, ...values: unknown[]) =>
    withClient(databases.adminUrl('social'), async (client) => {
      await client.query('SET search_path = social, public');
      return (await client.query(sql, values)).rows as Row[];
    });

  return {
    social,
    /** A client whose tokens are those of one process. */
    clientOf,
    clock,
    mailbox,
    app: service.app,
    databaseUrl: shared.databaseUrl,
    query,
    /** A client whose tokens nobody trusts. */
    stranger: () => clientOf('stranger'),
    person: (name?: string) => register(social, name),
    /** The headers of a call for a person, for requests that no client would send. */
    headersOf: async (person: Person) => ({ authorization: `Bearer ${await tokens.issue('social', person.as)}` }),
    /** A person's uploaded, checked, published picture. */
    picture: (owner: Person) => upload(social, owner),
    /** Waits until every job that was added has been done. */
    async jobsDone() {
      await waitFor('the jobs to be done', async () => {
        const [row] = await query<{ open: number }>(
          'SELECT count(*)::int AS open FROM social_jobs._private_jobs WHERE attempts < max_attempts',
        );
        return row?.open === 0;
      });
    },
    async close() {
      await worker.stop();
      await mailbox.stop();
      await service.stop();
      await databases.drop();
    },
  };
}

type Client = Awaited<ReturnType<typeof createServiceTestClient<operations>>>;
let people = 0;

async function register(social: Client, name?: string): Promise<Person> {
  people += 1;
  const handle = name ?? `person${String(people)}`;
  const email = `${handle}@example.com`;
  const { body } = await social
    .registerAccount({ as: { service: true }, body: { email, password, handle, displayName: `Name of ${handle}` } })
    .expect(201);
  return {
    id: body.user.id,
    handle,
    email,
    sessionId: body.session.id,
    refreshToken: body.session.refreshToken,
    as: { userId: body.user.id },
  };
}

/** A JPEG that says where it was taken. */
export function photo({ width = 640, height = 480 } = {}): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: { r: 200, g: 80, b: 40 } } })
    .withExif({ IFD0: { Make: 'Camera' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 30/1 0/1' } })
    .jpeg()
    .toBuffer();
}

/** Asks for a place, puts the bytes there and completes; gives the media's id. */
export async function send(
  social: Client,
  owner: Person,
  bytes: Buffer,
  contentType: operations['createMedia']['requestBody']['content']['application/json']['contentType'] = 'image/jpeg',
): Promise<string> {
  const { body } = await social
    .createMedia({ as: owner.as, body: { contentType, byteLength: bytes.length, altText: 'A square' } })
    .expect(201);
  const answer = await put(body.upload, bytes);
  if (answer.status !== 201) throw new Error(`the upload was refused: ${String(answer.status)} ${await answer.text()}`);
  await social.completeMedia({ as: owner.as, path: { mediaId: body.mediaId } }).expect(202);
  return body.mediaId;
}

/** What a phone does with the place that it was given. */
export async function put(upload: { url: string; headers: Record<string, string> }, bytes: Buffer): Promise<Response> {
  return fetch(upload.url, { method: 'PUT', headers: upload.headers, body: new Uint8Array(bytes) });
}

/** Waits until a picture is checked, and gives it. */
export async function checked(social: Client, owner: Person, mediaId: string) {
  return waitFor('the picture to be checked', async () => {
    const { body } = await social.getMedia({ as: owner.as, path: { mediaId } }).expect(200);
    return body.status === 'processing' ? undefined : body;
  });
}

async function upload(social: Client, owner: Person): Promise<string> {
  const mediaId = await send(social, owner, await photo());
  const media = await checked(social, owner, mediaId);
  if (media.status !== 'ready') throw new Error(`the picture was rejected: ${String(media.reason)}`);
  return mediaId;
}
