import type { Readable } from 'node:stream';
import { BlobSASPermissions } from '@azure/storage-blob';
import { createBlobSigner } from './blob-signer.ts';
import { createBlobService, once } from './blobs.ts';
import type { BlobAccess } from './blobs.ts';
import { Problem } from './problem.ts';

const blockBytes = 4 * 1024 * 1024;
const blocksAtOnce = 2;

/** Finished files, in a container that nobody can read without a signed URL. */
export interface FileStore {
  /** Stores what comes, whatever was there under this id; holds a few blocks of it in memory at most. */
  store(id: string, content: Readable): Promise<void>;
  /** A URL that fetches the file until `expiresAt`, under a file name of its own. */
  sign(id: string, link: { fileName: string; expiresAt: Date }): Promise<string>;
  delete(id: string): Promise<void>;
}

interface FileStoreOptions {
  container: string;
  /** Of the blobs' names, such as `.csv`. */
  extension: string;
  contentType: string;
  /** What callers are told when Blob Storage fails. */
  unavailable: (cause: unknown) => Problem;
}

/** One container of Blob Storage, made when it is first needed. A Problem of the content itself passes through. */
export function createFileStore(access: BlobAccess, options: FileStoreOptions): FileStore {
  const service = createBlobService(access);
  const signer = createBlobSigner(service);
  const container = service.getContainerClient(options.container);
  const blob = (id: string) => container.getBlockBlobClient(`${id}${options.extension}`);
  const makeContainer = once(async () => {
    await container.createIfNotExists();
  });

  async function translate<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof Problem ? error : options.unavailable(error);
    }
  }

  return {
    store: (id, content) =>
      translate(async () => {
        await makeContainer();
        await blob(id).uploadStream(content, blockBytes, blocksAtOnce, {
          blobHTTPHeaders: { blobContentType: options.contentType, blobCacheControl: 'private, no-store' },
        });
      }),
    sign: (id, { fileName, expiresAt }) =>
      translate(() =>
        signer.sign(blob(id), {
          permissions: BlobSASPermissions.parse('r'),
          expiresOn: expiresAt,
          contentDisposition: `attachment; filename="${fileName}"`,
        }),
      ),
    delete: (id) =>
      translate(async () => {
        await makeContainer();
        await blob(id).deleteIfExists();
      }),
  };
}
