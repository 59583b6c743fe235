import { encode } from 'blurhash';
import sharp from 'sharp';
import { newId } from '#platform/ids';
import type { BlobStore } from '../../domain/social/services/blob-store.ts';
import type { SeededPerson } from './social-people.ts';
import type { SeededPost } from './social-posts.ts';

/** More people than this go without: nobody looks at ten thousand faces. */
const portraitsAtMost = 200;
const uploadsAtOnce = 24;

const palettes = [
  ['#0f4c5c', '#e36414'],
  ['#355070', '#eaac8b'],
  ['#1d3557', '#a8dadc'],
  ['#5f0f40', '#fb8b24'],
  ['#283618', '#dda15e'],
  ['#3d405b', '#f2cc8f'],
  ['#22223b', '#c9ada7'],
  ['#006d77', '#ffddd2'],
  ['#6d597a', '#e56b6f'],
  ['#14213d', '#fca311'],
] as const;

interface Picture {
  media: { id: string; accountId: string; altText: string; createdAt: Date };
  /** Pictures of one drawing look the same, and are drawn once. */
  drawing: string;
  width: number;
  height: number;
}

/** One portrait for each person, and the scenes that posts show. */
export function drawPictures(people: SeededPerson[], posts: SeededPost[]): Picture[] {
  const portraits = people.slice(0, portraitsAtMost).map(({ id, displayName, createdAt }, place) => ({
    media: { id: newId(createdAt), accountId: id, altText: `The initials of ${displayName}`, createdAt },
    drawing: portrait(initials(displayName), palettes[place % palettes.length] ?? palettes[0]),
    width: 400,
    height: 400,
  }));
  const scenes = posts.flatMap(({ author_id: accountId, media, created_at: createdAt }) =>
    media
      ? [{ media: { ...media, accountId, createdAt }, drawing: scene(media.altText), width: 1200, height: 800 }]
      : [],
  );
  return [...portraits, ...scenes];
}

/** Paints and publishes them; answers the rows of `media`. */
export async function publishPictures(blobs: BlobStore, pictures: Picture[]) {
  const painted = new Map<string, Promise<Painting>>();
  const rows: Record<string, unknown>[] = [];
  const waiting = pictures.values();

  async function publishNext(): Promise<void> {
    for (const { media, drawing, width, height } of waiting) {
      const painting = painted.get(drawing) ?? paint(drawing);
      painted.set(drawing, painting);
      const { image, thumbnail, blurhash } = await painting;
      await blobs.publish(media.id, { image, thumbnail });
      rows.push({
        id: media.id,
        account_id: media.accountId,
        status: 'ready',
        content_type: 'image/png',
        byte_length: image.length,
        alt_text: media.altText,
        width,
        height,
        blurhash,
        created_at: media.createdAt,
      });
    }
  }
  await Promise.all(Array.from({ length: uploadsAtOnce }, publishNext));
  return rows;
}

interface Painting {
  image: Buffer;
  thumbnail: Buffer;
  blurhash: string;
}

async function paint(drawing: string): Promise<Painting> {
  const pixels = sharp(Buffer.from(drawing));
  const [image, thumbnail, { data, info }] = await Promise.all([
    pixels.clone().webp({ quality: 80, effort: 0 }).toBuffer(),
    pixels.clone().resize(400, 400, { fit: 'cover' }).webp({ quality: 75, effort: 0 }).toBuffer(),
    pixels.clone().resize(8, 8, { fit: 'fill' }).ensureAlpha().raw().toBuffer({ resolveWithObject: true }),
  ]);
  return { image, thumbnail, blurhash: encode(new Uint8ClampedArray(data), info.width, info.height, 4, 3) };
}

function initials(displayName: string): string {
  return displayName
    .split(' ')
    .map((word) => word.charAt(0))
    .join('');
}

function portrait(letters: string, [dark, light]: readonly [string, string]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400">
    <rect width="400" height="400" fill="${light}"/>
    <circle cx="200" cy="200" r="150" fill="${dark}"/>
    <text x="200" y="248" font-family="sans-serif" font-size="130" text-anchor="middle" fill="${light}">${letters}</text>
  </svg>`;
}

/** A sun over hills, in colours that go with the title. */
function scene(title: string): string {
  const place = Buffer.from(title).reduce((sum, byte) => sum + byte, 0);
  const [dark, light] = palettes[place % palettes.length] ?? palettes[0];
  const sun = 150 + (place % 9) * 110;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800">
    <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="${dark}"/><stop offset="1" stop-color="${light}"/>
    </linearGradient></defs>
    <rect width="1200" height="800" fill="url(#sky)"/>
    <circle cx="${String(sun)}" cy="330" r="90" fill="#fff" fill-opacity="0.75"/>
    <path d="M0 620 Q 300 ${String(420 + (place % 120))} 620 600 T 1200 540 V 800 H 0 Z" fill="${dark}" fill-opacity="0.7"/>
    <path d="M0 720 Q 400 560 760 690 T 1200 650 V 800 H 0 Z" fill="${dark}"/>
  </svg>`;
}
