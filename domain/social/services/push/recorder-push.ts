import { collapseKey, pushText, pushTimeoutMs } from './push-port.ts';
import type { PushPort } from './push-port.ts';

/** The recorder of a development stack, which shows what would have been pushed. It knows the outcome at once. */
export function createRecorderPush(recorderUrl: string): PushPort {
  return {
    async send({ platform, token, notificationId }) {
      const response = await fetch(`${recorderUrl}/pushes`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ platform, token, collapseKey, payload: { ...pushText, notificationId } }),
        signal: AbortSignal.timeout(pushTimeoutMs),
      });
      if (response.status === 410) return { outcome: 'unregistered' };
      if (response.status !== 201) throw new Error(`the push recorder answered ${String(response.status)}`);
      return { outcome: 'delivered' };
    },
    findOutcome: () => Promise.resolve('delivered'),
  };
}
