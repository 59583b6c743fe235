import {
  createAppleNotification,
  createFcmV1Notification,
  isRestError,
  NotificationHubsClient,
} from '@azure/notification-hubs';
import type { Notification, NotificationHubsClientOptions } from '@azure/notification-hubs';
import type { Clock } from '#platform/clock';
import { collapseKey, pushLivesSeconds, pushText, pushTimeoutMs } from './push-port.ts';
import type { Push, PushOutcome, PushPort } from './push-port.ts';

/** What a hub says of a handle that its platform no longer knows (NotificationOutcome of the telemetry). */
const goneStates = new Set(['BadChannel', 'ExpiredChannel', 'WrongChannel', 'WrongToken']);
const endStates = new Set(['Completed', 'Abandoned', 'NoTargetFound', 'Cancelled']);

/**
 * Azure Notification Hubs, by direct send: the devices are ours to keep, the hub holds none. What became of a push is told
 * later, and in its Standard tier alone; below, no push has a receipt.
 */
export function createHubPush(
  { connectionString, hubName }: { connectionString: string; hubName: string },
  clock: Clock,
  options?: NotificationHubsClientOptions,
): PushPort {
  const hub = new NotificationHubsClient(connectionString, hubName, options);
  const abortSignal = () => AbortSignal.timeout(pushTimeoutMs);
  return {
    async send(push) {
      try {
        const { notificationId } = await hub.sendNotification(notificationOf(push, clock), {
          deviceHandle: push.token,
          abortSignal: abortSignal(),
        });
        return notificationId === undefined ? {} : { receipt: notificationId };
      } catch (error) {
        if (isRestError(error) && error.statusCode === 410) return { outcome: 'unregistered' };
        throw error;
      }
    },
    async findOutcome(receipt) {
      try {
        return outcomeOf(await hub.getNotificationOutcomeDetails(receipt, { abortSignal: abortSignal() }));
      } catch (error) {
        // Not known yet, which may last for half an hour.
        if (isRestError(error) && error.statusCode === 404) return undefined;
        throw error;
      }
    },
  };
}

type Details = Awaited<ReturnType<NotificationHubsClient['getNotificationOutcomeDetails']>>;

function outcomeOf({ state, apnsOutcomeCounts = [], fcmV1OutcomeCounts = [] }: Details): PushOutcome | undefined {
  const states = [...apnsOutcomeCounts, ...fcmV1OutcomeCounts].filter(({ count }) => count > 0);
  if (states.some((outcome) => goneStates.has(outcome.state))) return 'unregistered';
  return endStates.has(state ?? '') ? 'delivered' : undefined;
}

/** As APNs and FCM (HTTP v1) take it. */
function notificationOf({ platform, notificationId }: Push, clock: Clock): Notification {
  if (platform === 'ios') {
    const expiration = Math.floor(clock.now().getTime() / 1000) + pushLivesSeconds;
    return createAppleNotification({
      body: { aps: { alert: pushText, sound: 'default' }, notificationId },
      headers: {
        'apns-push-type': 'alert',
        'apns-priority': '10',
        'apns-collapse-id': collapseKey,
        'apns-expiration': String(expiration),
      },
    });
  }
  const message = {
    notification: pushText,
    data: { notificationId },
    android: {
      collapse_key: collapseKey,
      ttl: `${String(pushLivesSeconds)}s`,
      priority: 'high',
      notification: { tag: collapseKey },
    },
  };
  return createFcmV1Notification({ body: JSON.stringify({ message }) });
}
