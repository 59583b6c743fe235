import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { isIn, isOn } from '../helpers/flags.ts';
import type { Asker } from '../helpers/flags.ts';
import { stale } from '../helpers/section.ts';
import type { Section } from '../helpers/section.ts';
import type { AppState } from './app-state.ts';

type List = components['schemas']['Announcements'];
type Told = Pick<Context, 'appState' | 'dismissals' | 'clock'>;

const atMost = 20;

/** What there is to say to somebody now, without what they have dismissed, newest first. */
export async function announcementsSection(
  { appState, dismissals, clock }: Told,
  asker: Asker,
): Promise<Section<List>> {
  const now = clock.now();
  const told = toldTo(appState.last(), asker, now);
  const { dismissed, isFresh } =
    asker.userId === undefined
      ? { dismissed: new Set<string>(), isFresh: true }
      : await dismissals.among(asker.userId, told.map(({ id }) => id)); // prettier-ignore
  const items = told.filter(({ id }) => !dismissed.has(id)).slice(0, atMost);
  const section = appState.section(() => ({ items }));
  return section.status === 'ok' && !isFresh ? stale({ items }, new Date(section.asOf), 5) : section;
}

/** Never shows it to the person again. @throws not_found */
export async function dismissAnnouncement({ dismissals }: Told, userId: string, announcementId: string): Promise<void> {
  await dismissals.add(userId, announcementId);
}

function toldTo(state: AppState | undefined, asker: Asker, now: Date): List['items'] {
  if (!state) return [];
  const isTold = ({ startsAt, endsAt, audience }: AppState['announcements'][number]) =>
    Date.parse(startsAt) <= now.getTime() &&
    (endsAt === null || Date.parse(endsAt) > now.getTime()) &&
    isIn(audience, asker.phone) &&
    (audience.flagKey === null || state.flags.some((flag) => flag.key === audience.flagKey && isOn(flag, asker)));
  return state.announcements
    .filter(isTold)
    .map(({ id, title, body, startsAt, endsAt }) => ({ id, title, body, startsAt, endsAt }));
}
