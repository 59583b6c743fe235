import type { BlobAccess } from '#platform/blobs';
import { createFileStore } from '#platform/file-store';
import type { FileStore } from '#platform/file-store';
import { blobsUnavailable } from '../errors.ts';

/** Where finished archives are: the container `exports` of Blob Storage. */
export type ExportStore = FileStore;

export function createExportStore(access: BlobAccess): ExportStore {
  return createFileStore(access, {
    container: 'exports',
    extension: '.zip',
    contentType: 'application/zip',
    unavailable: blobsUnavailable,
  });
}
