import type { components } from '#openapi/bff-admin';
import type { Announcement } from '../services/announcements.ts';
import { presentPhones } from './present-phones.ts';

export function presentAnnouncement(row: Announcement): components['schemas']['StaffAnnouncement'] {
  const { id, title, body, startsAt, endsAt, flagKey, version } = row;
  return {
    id,
    title,
    body,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    audience: { ...presentPhones(row), flagKey },
    version,
  };
}
