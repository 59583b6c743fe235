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

/** The process that runs the jobs of the social service. */
export function createSocialWorker(config: WorkerConfig) {
  const { ctx, check, close } = createContext('social-worker', config);
  return createWorker<SocialJobs>({
    name: 'social-worker',
    metricsPort: config.metricsPort,
    databaseUrl: config.databaseUrl,
    schema: 'social_jobs',
    tasks: socialTasks(ctx),
    log: ctx.log,
    // Every night, in UTC; a missed one is made up for within a day.
    crontab: '10 3 * * * sweep ?fill=1d',
    checks: { database: check },
    resources: [{ close }],
  });
}

/** What runs each job. */
export function socialTasks(ctx: Context): Tasks<SocialJobs> {
  return {
    processMedia: (job) => processMedia(ctx, job),
    removeMedia: (job) => removeMedia(ctx, job),
    fanOutPost: (job) => fanOutPost(ctx, job),
    fillTimeline: (job) => fillTimeline(ctx, job),
    sweep: () => sweep(ctx),
  };
}
