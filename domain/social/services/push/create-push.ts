import type { Clock } from '#platform/clock';
import { createHubPush } from './hub-push.ts';
import type { PushPort, PushSettings } from './push-port.ts';
import { createRecorderPush } from './recorder-push.ts';

/** The way to phones that the configuration names. */
export function createPush(settings: PushSettings, clock: Clock): PushPort {
  return 'recorderUrl' in settings ? createRecorderPush(settings.recorderUrl) : createHubPush(settings, clock);
}
