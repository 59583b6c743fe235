import type { Readable } from 'node:stream';
import { BlobSASPermissions } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { createBlobSigner } from '#platform/blob-signer';
import { createBlobService, once, undefinedWhenMissing } from '#platform/blobs';
import type { BlobAccess } from '#platform/blobs';
import { mediaUrl } from '../helpers/media-url.ts';
import { translate } from './blob-failures.ts';

const renditions = ['image', 'thumbnail'] as const;

/** The pictures as bytes. Nothing in quarantine can be read from outside; what is published, by everyone who knows its URL. */
export interface BlobStore {
  /** The address that published pictures stand under. */
  publicUrl: string;
  /** Makes the containers if they are not there, and gets ready to sign. */
  prepare(): Promise<void>;
  /** What a phone needs to create the one quarantined blob of a media, and nothing else, until `expiresAt`. */
  signUpload(mediaId: string, contentType: string, expiresAt: Date): Promise<Upload>;
  /** The size of what was uploaded; undefined when nothing was. */
  findUploadSize(mediaId: string): Promise<number | undefined>;
  /** At most `size` bytes, which must have been uploaded. */
  readUpload(mediaId: string, size: number): Promise<Buffer>;
  deleteUpload(mediaId: string): Promise<void>;
  /** The ids of the media that lie in quarantine, page by page. */
  listUploads(): AsyncIterable<string[]>;
  /** Publishes both renditions, as WebP whatever came in. */
  publish(mediaId: string, images: Record<(typeof renditions)[number], Buffer>): Promise<void>;
  /** The published image as it is served; undefined when it is not there. */
  findImage(mediaId: string): Promise<Readable | undefined>;
  unpublish(mediaId: string): Promise<void>;
}

export interface Upload {
  url: string;
  method: 'PUT';
  headers: Record<string, string>;
  expiresAt: Date;
}

/** The containers `quarantine` and `media` of Blob Storage. */
export function createBlobStore(access: BlobAccess): BlobStore {
  const service = createBlobService(access);
  const signer = createBlobSigner(service);
  const quarantine = service.getContainerClient('quarantine');
  const published = service.getContainerClient('media');
  const makeContainers = once(() => createContainers(quarantine, published));

  return {
    publicUrl: published.url,
    async prepare() {
      await Promise.all([makeContainers(), translate(() => signer.prepare())]);
    },
    async signUpload(mediaId, contentType, expiresAt) {
      const permissions = BlobSASPermissions.parse('c');
      const blob = quarantine.getBlobClient(mediaId);
      const url = await translate(() => signer.sign(blob, { permissions, expiresOn: expiresAt }));
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
    listUploads: () => namesIn(quarantine),
    publish: (mediaId, images) =>
      translate(async () => {
        await makeContainers();
        await Promise.all(renditions.map((rendition) => upload(published, mediaId, rendition, images[rendition])));
      }),
    findImage: (mediaId) =>
      translate(async () => {
        const answer = await published.getBlobClient(pathOf(mediaId, 'image')).download().catch(undefinedWhenMissing);
        return answer?.readableStreamBody as Readable | undefined;
      }),
    unpublish: (mediaId) =>
      translate(async () => {
        await Promise.all(
          renditions.map((rendition) => published.getBlobClient(pathOf(mediaId, rendition)).deleteIfExists()),
        );
      }),
  };
}

async function* namesIn(container: ContainerClient): AsyncGenerator<string[]> {
  const pages = container.listBlobsFlat().byPage({ maxPageSize: 500 });
  for (;;) {
    // No container is an empty one: it is made for the first upload.
    const page = await translate(() => pages.next().catch(undefinedWhenMissing));
    if (page === undefined || page.done === true) return;
    yield page.value.segment.blobItems.map(({ name }) => name);
  }
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
