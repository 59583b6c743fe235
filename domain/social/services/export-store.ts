import type { Readable } from 'node:stream';
import { BlobSASPermissions } from '@azure/storage-blob';
import { createBlobService, once, translate } from './blob-service.ts';
import type { BlobAccess } from './blob-service.ts';
import { createBlobSigner } from './blob-signer.ts';

const blockBytes = 4 * 1024 * 1024;
const blocksAtOnce = 2;

/** Finished archives, in a container that nobody can read without a signed URL. */
export interface ExportStore {
  /** Stores what comes, whatever was there under this id; holds a few blocks of it in memory at most. */
  store(exportId: string, archive: Readable): Promise<void>;
  /** A URL that fetches the archive until `expiresAt`, under a file name of its own. */
  sign(exportId: string, link: { fileName: string; expiresAt: Date }): Promise<string>;
  delete(exportId: string): Promise<void>;
}

/** The container `exports` of Blob Storage. */
export function createExportStore(access: BlobAccess): ExportStore {
  const service = createBlobService(access);
  const signer = createBlobSigner(service);
  const container = service.getContainerClient('exports');
  const blob = (exportId: string) => container.getBlockBlobClient(`${exportId}.zip`);
  const prepare = once(() =>
    translate(async () => {
      await container.createIfNotExists();
    }),
  );

  return {
    async store(exportId, archive) {
      await prepare();
      await translate(() =>
        blob(exportId).uploadStream(archive, blockBytes, blocksAtOnce, {
          blobHTTPHeaders: { blobContentType: 'application/zip', blobCacheControl: 'private, no-store' },
        }),
      );
    },
    sign: (exportId, { fileName, expiresAt }) =>
      signer.sign(blob(exportId), {
        permissions: BlobSASPermissions.parse('r'),
        expiresOn: expiresAt,
        contentDisposition: `attachment; filename="${fileName}"`,
      }),
    async delete(exportId) {
      await prepare();
      await translate(() => blob(exportId).deleteIfExists());
    },
  };
}
