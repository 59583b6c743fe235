import { encode } from 'blurhash';
import sharp from 'sharp';
import type { MediaRejection } from '#prisma/social';

const maxPixels = 40_000_000;
const maxSide = 2_048;
const thumbnailSide = 400;
const previewSide = 32;

// One picture at a time on one core, and nothing kept between two: the memory of a worker stays where it is.
sharp.cache(false);
sharp.concurrency(1);
let earlier: Promise<unknown> = Promise.resolve();

/** A picture as it is published. */
export interface RenderedImage {
  image: Buffer;
  thumbnail: Buffer;
  width: number;
  height: number;
  blurhash: string;
}

/**
 * Decodes a picture strictly and paints it anew as WebP: the pixels stay, whatever else the file held (EXIF, position,
 * trailing data) does not. Of an animation the first frame is taken.
 */
export function renderImage(bytes: Buffer): Promise<Rendering> {
  const rendering = earlier.then(() => render(bytes));
  earlier = rendering;
  return rendering;
}

type Rendering = RenderedImage | { rejection: MediaRejection };

async function render(bytes: Buffer): Promise<Rendering> {
  try {
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (width * height > maxPixels) return { rejection: 'too_many_pixels' };
    return await paint(bytes);
  } catch {
    // Whatever the decoder stumbles over, it is the file that is wrong: bytes in memory are all that it was given.
    return { rejection: 'not_an_image' };
  }
}

async function paint(bytes: Buffer): Promise<RenderedImage> {
  const { data: image, info } = await sharp(bytes, {
    limitInputPixels: maxPixels,
    failOn: 'error',
    sequentialRead: true,
  })
    .autoOrient()
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer({ resolveWithObject: true });
  // The rest is made from what was painted, which is small and known to be good.
  const thumbnail = await sharp(image)
    .resize({ width: thumbnailSide, height: thumbnailSide, fit: 'cover' })
    .webp({ quality: 78 })
    .toBuffer();
  return { image, thumbnail, width: info.width, height: info.height, blurhash: await blur(thumbnail) };
}

async function blur(thumbnail: Buffer): Promise<string> {
  const { data, info } = await sharp(thumbnail)
    .resize({ width: previewSide, height: previewSide })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return encode(new Uint8ClampedArray(data), info.width, info.height, 4, 3);
}
