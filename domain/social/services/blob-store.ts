import { BlobSASPermissions, BlobServiceClient, SASProtocol } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { blobsUnavailable } from '../errors.ts';
import { mediaUrl } from '../helpers/media-url.ts';

const renditions = ['image', 'thumbnail'] as const;

/** The pictures as bytes. Nothing in quarantine can be read from outside; what is published, by everyone who knows its URL. */
export interface BlobStore {
  /** The address that published pictures stand under. */
  publicUrl: string;
  /** Makes the containers if they are not there. */
  prepare(): Promise<void>;
  /** What a phone needs to create the one quarantined blob of a media, and nothing else, until `expiresAt`. */
  signUpload(mediaId: string, contentType: string, expiresAt: Date): Promise<Upload>;
  /** The size of what was uploaded; undefined when nothing was. */
  findUploadSize(mediaId: string): Promise<number | undefined>;
  /** At most `size` bytes, which must have been uploaded. */
  readUpload(mediaId: string, size: number): Promise<Buffer>;
  deleteUpload(mediaId: string): Promise<void>;
  /** Publishes both renditions, as WebP whatever came in. */
  publish(mediaId: string, images: Record<(typeof renditions)[number], Buffer>): Promise<void>;
  unpublish(mediaId: string): Promise<void>;
}

export interface Upload {
  url: string;
  method: 'PUT';
  headers: Record<string, string>;
  expiresAt: Date;
}

/** Blob Storage by a connection string with an account key: the containers `quarantine` and `media`. */
export function createBlobStore(connectionString: string): BlobStore {
  const service = BlobServiceClient.fromConnectionString(connectionString, {
    retryOptions: { maxTries: 3, tryTimeoutInMs: 5_000, retryDelayInMs: 100, maxRetryDelayInMs: 1_000 },
  });
  const quarantine = service.getContainerClient('quarantine');
  const published = service.getContainerClient('media');
  const prepare = once(() => createContainers(quarantine, published));

  return {
    publicUrl: published.url,
    prepare,
    async signUpload(mediaId, contentType, expiresAt) {
      const url = await quarantine.getBlobClient(mediaId).generateSasUrl({
        permissions: BlobSASPermissions.parse('c'),
        expiresOn: expiresAt,
        protocol: quarantine.url.startsWith('https:') ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
      });
      return { url, method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob', 'Content-Type': contentType }, expiresAt };
    },
    findUploadSize: (mediaId) =>
      translate(async () => {
        const properties = await quarantine.getBlobClient(mediaId).getProperties().catch(undefinedWhenMissing);
        return properties && (properties.contentLength ?? 0);
      }),
    readUpload: (mediaId, size) => translate(() => quarantine.getBlobClient(mediaId).downloadToBuffer(0, size)),
    deleteUpload: (mediaId) =>
      translate(async () => {
        await quarantine.getBlobClient(mediaId).deleteIfExists();
      }),
    publish: (mediaId, images) =>
      translate(async () => {
        await prepare();
        await Promise.all(renditions.map((rendition) => upload(published, mediaId, rendition, images[rendition])));
      }),
    unpublish: (mediaId) =>
      translate(async () => {
        await Promise.all(
          renditions.map((rendition) => published.getBlobClient(pathOf(mediaId, rendition)).deleteIfExists()),
        );
      }),
  };
}

function upload(published: ContainerClient, mediaId: string, rendition: (typeof renditions)[number], image: Buffer) {
  return published.getBlockBlobClient(pathOf(mediaId, rendition)).uploadData(image, {
    blobHTTPHeaders: { blobContentType: 'image/webp', blobCacheControl: 'public, max-age=31536000, immutable' },
  });
}

function pathOf(mediaId: string, rendition: (typeof renditions)[number]): string {
  return mediaUrl('', mediaId, rendition).slice(1);
}

async function createContainers(quarantine: ContainerClient, published: ContainerClient): Promise<void> {
  await translate(() => Promise.all([quarantine.createIfNotExists(), published.createIfNotExists({ access: 'blob' })]));
}

/** Does it once; again after a failure. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

function undefinedWhenMissing(error: unknown): undefined {
  if (statusOf(error) === 404) return undefined;
  throw error;
}

async function translate<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw blobsUnavailable(error);
  }
}

function statusOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
}
