import type { operations } from '#openapi/social';
import type { Problem } from '#platform/problem';
import type { TrustedIssuers } from '#platform/service-token';
import { startStandIn } from '#platform/testing/stand-in';

type Notice = operations['putNotice']['requestBody']['content']['application/json'];

/** Stands where social listens: checks each call by social's contract, and remembers what it was told. */
export async function startSocialRecorder(trust: TrustedIssuers) {
  const notices: ({ userId: string; noticeId: string } & Notice)[] = [];
  /** The pictures that are kept no longer: whose, and for which pocket. */
  const dropped: { userId: string; pocketId: string }[] = [];
  /** What it answers instead, once for each. */
  const refusals: Problem[] = [];

  const standIn = await startStandIn<Pick<operations, 'putNotice' | 'dropPocketImages'>>({
    name: 'social',
    trust,
    handlers: {
      putNotice: ({ path: ids, body }) => {
        notices.push({ ...ids, ...body });
        const refusal = refusals.shift();
        if (refusal) throw refusal;
        return { status: 204 };
      },
      dropPocketImages: ({ caller: { userId }, path: { pocketId }, query }) => {
        if (query.mediaIds === undefined) dropped.push({ userId, pocketId });
        return { status: 204 };
      },
    },
  });
  return { notices, dropped, refusals, ...standIn };
}
