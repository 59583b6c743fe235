import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { isOn } from '../helpers/flags.ts';
import type { Asker } from '../helpers/flags.ts';
import { presentScreen } from '../helpers/screen.ts';
import { ok } from '../helpers/section.ts';
import type { Section } from '../helpers/section.ts';
import { updateFor } from '../helpers/served-versions.ts';
import type { Phone } from '../helpers/phone.ts';
import { announcementsSection } from './announcements.ts';
import type { AppState } from './app-state.ts';

type Schemas = components['schemas'];
type Sections = Schemas['Bootstrap']['sections'];

const mostBytes = 20_000;
// What every screen is wrapped in.
const frameBytes = 200;

/** What the contract allows, for the app to say so before it asks. */
export const contractLimits = { postTextLength: 2000, postMedia: 4, pageItems: 100 };

/** What the app asks for first. It waits for nobody but, when there is something to dismiss, a moment for bff-admin. */
export async function getBootstrap(
  ctx: Pick<Context, 'appState' | 'dismissals' | 'clock'>,
  asker: Asker,
  { stepUpAboveUnits }: { stepUpAboveUnits: number },
) {
  const now = ctx.clock.now();
  const parts = {
    app: ctx.appState.section(({ versions }) => servedVersions(versions, asker.phone)),
    flags: ctx.appState.section(({ flags }) => ({ values: valuesOf(flags, asker) })),
    limits: ok({ stepUpAboveUnits, ...contractLimits }, now),
  };
  const announcements = await announcementsSection(ctx, asker);
  const sections = { ...parts, announcements: shortened(announcements, mostBytes - frameBytes - sizeOf(parts)) };
  return presentScreen<'bootstrap', Sections>({ name: 'bootstrap', userId: asker.userId ?? '', now }, sections);
}

function servedVersions(versions: AppState['versions'], phone: Phone): Schemas['ServedVersions'] {
  return {
    update: updateFor(phone, versions),
    versions: versions.map(({ updatedAt: _updatedAt, ...served }) => served),
  };
}

function valuesOf(flags: AppState['flags'], asker: Asker): Record<string, boolean> {
  return Object.fromEntries(flags.map((flag) => [flag.key, isOn(flag, asker)]));
}

/** Leaves the oldest out until the rest fits. */
function shortened(section: Section<Schemas['Announcements']>, bytes: number): Section<Schemas['Announcements']> {
  if (section.status === 'unavailable' || !('items' in section.data)) return section;
  const items = [...section.data.items];
  while (items.length > 0 && sizeOf({ ...section, data: { items } }) > bytes) items.pop();
  return { ...section, data: { items } };
}

function sizeOf(part: object): number {
  return Buffer.byteLength(JSON.stringify(part));
}
