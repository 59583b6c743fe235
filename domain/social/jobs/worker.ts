import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import type { Tasks } from '#platform/jobs';
import { createServiceConnector } from '#platform/service-connector';
import { createWorker } from '#platform/worker';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { WorkerConfig } from '../config.ts';
import { createContext } from '../context.ts';
import type { JobContext } from '../context.ts';
import { createMailer } from '../services/mailer.ts';
import { createPush } from '../services/push/create-push.ts';
import { buildExport } from './build-export.ts';
import { carryOutClosure, carryOutClosures } from './carry-out-closures.ts';
import { expireExports } from './expire-exports.ts';
import { fanOutPost } from './fan-out-post.ts';
import { fanOutRepost } from './fan-out-repost.ts';
import { fillTimeline } from './fill-timeline.ts';
import type { SocialJobs } from './jobs.ts';
import { processMedia } from './process-media.ts';
import { checkPush, push } from './push.ts';
import { refreshTrends } from './refresh-trends.ts';
import { removeMedia } from './remove-media.ts';
import { sendMail, sendResetCode } from './send-mail.ts';
import { sweep } from './sweep.ts';
import { trimTimelines } from './trim-timelines.ts';

/** In UTC. A missed night is made up for within a day; a run that still waits is not doubled. */
const crontab = `
10 3 * * * sweep ?fill=1d
20 * * * * carryOutClosures ?jobKey=carryOutClosures
40 * * * * expireExports ?jobKey=expireExports
*/10 * * * * refreshTrends ?jobKey=refreshTrends
`;

/** The process that runs the jobs of the social service. Nothing runs yet. */
export async function createSocialWorker(config: WorkerConfig, clock: Clock = systemClock) {
  const { ctx, check, resources } = createContext('social-worker', config, clock);
  const connect = await createServiceConnector({ name: 'social', key: config.serviceTokenKey });
  const financial = connect<FinancialOperations>('financial', config.financialUrl);
  const flagship = connect<FlagshipOperations>('flagship', config.flagshipUrl);
  const mailer = createMailer(config.mail);
  const push = createPush(config.push, clock);
  return createWorker<SocialJobs>({
    name: 'social-worker',
    metricsPort: config.metricsPort,
    databaseUrl: config.databaseUrl,
    schema: 'social_jobs',
    tasks: createTasks({ ...ctx, financial: financial.client, flagship: flagship.client, push, mailer }),
    crontab,
    log: ctx.log,
    checks: { database: check },
    resources: [financial, flagship, mailer, ...resources],
  });
}

/** What runs each job. */
function createTasks(ctx: JobContext): Tasks<SocialJobs> {
  return {
    processMedia: (job) => processMedia(ctx, job),
    removeMedia: (job) => removeMedia(ctx, job),
    fanOutPost: (job) => fanOutPost(ctx, job),
    fanOutRepost: (job) => fanOutRepost(ctx, job),
    fillTimeline: (job) => fillTimeline(ctx, job),
    buildExport: (job) => buildExport(ctx, job),
    expireExports: () => expireExports(ctx),
    carryOutClosures: () => carryOutClosures(ctx),
    carryOutClosure: (job) => carryOutClosure(ctx, job),
    push: (job) => push(ctx, job),
    checkPush: (job) => checkPush(ctx, job),
    sendMail: (job) => sendMail(ctx, job),
    sendResetCode: (job) => sendResetCode(ctx, job),
    refreshTrends: () => refreshTrends(ctx),
    trimTimelines: (job) => trimTimelines(ctx, job),
    sweep: () => sweep(ctx),
  };
}
