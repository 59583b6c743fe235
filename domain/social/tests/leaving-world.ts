/** A world whose worker reaches stand-ins of financial and flagship. */
import { generateServiceKeys } from '#platform/testing/service-keys';
import { waitFor } from '#platform/testing/wait';
import { startMoneyRecorder } from './money-recorder.ts';
import { createWorld } from './world.ts';
import type { Person } from './world.ts';

export const dayMs = 86_400_000;

export type LeavingWorld = Awaited<ReturnType<typeof createLeavingWorld>>;

/** Call `close` in `afterAll`. */
export async function createLeavingWorld() {
  const { keys, trust } = generateServiceKeys(['social']);
  const { state: money, ...recorder } = await startMoneyRecorder(trust);
  const world = await createWorld({
    worker: {
      financialUrl: recorder.financialUrl,
      flagshipUrl: recorder.flagshipUrl,
      serviceTokenKey: keys['social']?.privateKey ?? {},
    },
  });

  /** Waits until nothing is to be done; what failed is tried again at once. */
  async function runJobs(): Promise<void> {
    await waitFor('the jobs to be done', async () => {
      const table = 'social_jobs._private_jobs';
      await world.query(`UPDATE ${table} SET run_at = now() WHERE run_at > now() AND attempts < max_attempts`);
      const [row] = await world.query<{ open: number }>(`SELECT count(*)::int AS open FROM ${table}`);
      return row?.open === 0;
    });
  }

  async function run(job: string): Promise<void> {
    await world.query(`SELECT social_jobs.add_job($1, '{}')`, job);
    await runJobs();
  }

  return {
    ...world,
    money,
    run,
    runJobs,
    /** Lets the days of grace pass, and what follows from it happen. */
    async graceEnds() {
      world.clock.advance(14 * dayMs + 60_000);
      await run('carryOutClosures');
    },
    leave: async (person: Person) => (await world.social.closeAccount({ as: person.as }).expect(202)).body,
    signIn: (person: Person, password: string) =>
      world.social.createSession({ as: { service: true }, body: { email: person.email, password } }),
    subjectsTo: (person: Person) => world.mailbox.mails.list(person.email).map(({ subject }) => subject),
    close: async () => {
      await world.close();
      await recorder.stop();
    },
  };
}
