import type { components } from '#openapi/social';
import type { NotificationRow } from '../services/notifications.ts';
import { presentPerson } from './present-person.ts';

/** One, or none when whoever caused it has no profile any more. */
export function presentNotification(
  { id, kind, actor, postId, createdAt }: NotificationRow,
  mediaBase: string,
): components['schemas']['Notification'][] {
  if (!actor.profile) return [];
  return [{ id, kind, actor: presentPerson(actor.profile, mediaBase), postId, createdAt: createdAt.toISOString() }];
}
