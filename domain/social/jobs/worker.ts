import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import type { Tasks } from '#platform/jobs';
import { createWorker } from '#platform/worker';
import type { WorkerConfig } from '../config.ts';
import { createContext } from '../context.ts';
import type { Context } from '../context.ts';
import { fanOutPost } from './fan-out-post.ts';
import { fillTimeline } from './fill-timeline.ts';
import type { SocialJobs } from './jobs.ts';
import { processMedia } from './process-media.ts';
import { removeMedia } from './remove-media.ts';
import { sweep } from './sweep.ts';

/** The process that runs the jobs of the social service. Nothing runs yet. */
export function createSocialWorker(config: WorkerConfig, clock: Clock = systemClock) {
  const { ctx, check, resources } = createContext('social-worker', config, clock);
  return createWorker<SocialJobs>({
    name: 'social-worker',
    metricsPort: config.metricsPort,
    databaseUrl: config.databaseUrl,
    schema: 'social_jobs',
    tasks: createTasks(ctx),
    // Every night, in UTC; a missed one is made up for within a day.
    crontab: '10 3 * * * sweep ?fill=1d',
    log: ctx.log,
    checks: { database: check },
    resources,
  });
}

/** What runs each job. */
function createTasks(ctx: Context): Tasks<SocialJobs> {
  return {
    processMedia: (job) => processMedia(ctx, job),
    removeMedia: (job) => removeMedia(ctx, job),
    fanOutPost: (job) => fanOutPost(ctx, job),
    fillTimeline: (job) => fillTimeline(ctx, job),
    sweep: () => sweep(ctx),
  };
}
