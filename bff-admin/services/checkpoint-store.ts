import type { ContainerClient } from '@azure/storage-blob';
import { blobStatusOf, createBlobService, once } from '#platform/blobs';
import type { BlobAccess } from '#platform/blobs';
import type { CheckpointConfig } from '../config.ts';
import { storageUnavailable } from '../errors.ts';
import { createCheckpointReader } from '../helpers/checkpoint.ts';
import type { Checkpoint } from '../helpers/checkpoint.ts';

/** A checkpoint as it stands in Blob Storage. */
export type KeptCheckpoint = Checkpoint & {
  /** Until when the storage lets nobody change or delete it, by the policy of the blob itself. */
  immutableUntil: Date | null;
};

/** The signed heads of the audit log. Every method throws storage_unavailable when Blob Storage fails. */
export interface CheckpointStore {
  /** The names of all checkpoints, the newest first, in pages. */
  names(pageSize: number): AsyncIterable<string[]>;
  /** Null when its signature is not one that is trusted, it is no checkpoint, or its name is that of another. */
  read(name: string): Promise<KeptCheckpoint | null>;
  /** Adds one, for ever where the account can do that; one that is there already stays as it is. */
  add(checkpoint: { seq: number; signed: string; lockedUntil: Date | undefined }): Promise<void>;
}

/**
 * A container of Blob Storage in which blobs are only ever created. A name counts down while the log counts up, so that the
 * storage, which lists names in their order, gives the newest first.
 */
export function createCheckpointStore(
  access: BlobAccess,
  { container: name, trust }: CheckpointConfig,
): CheckpointStore {
  const container = createBlobService(access).getContainerClient(name);
  const readSigned = createCheckpointReader(trust);
  const makeContainer = once(async () => {
    await container.createIfNotExists();
  });

  return {
    names: (pageSize) => listNames(container, pageSize),
    read: (blobName) =>
      translate(async () => {
        const answer = await container.getBlobClient(blobName).download();
        const chunks: Buffer[] = [];
        for await (const chunk of answer.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
        const checkpoint = await readSigned(Buffer.concat(chunks).toString());
        // An older one, put under a newer name, would have all that came after it forgotten.
        if (checkpoint === null || nameOf(checkpoint.seq) !== blobName) return null;
        return { ...checkpoint, immutableUntil: answer.immutabilityPolicyExpiresOn ?? null };
      }),
    add: ({ seq, signed, lockedUntil }) =>
      translate(async () => {
        await makeContainer();
        await container
          .getBlockBlobClient(nameOf(seq))
          .upload(signed, Buffer.byteLength(signed), {
            blobHTTPHeaders: { blobContentType: 'application/jose' },
            conditions: { ifNoneMatch: '*' },
            ...(lockedUntil && { immutabilityPolicy: { expiriesOn: lockedUntil, policyMode: 'Locked' } }),
          })
          .catch(undefinedWhenThere);
      }),
  };
}

async function* listNames(container: ContainerClient, pageSize: number): AsyncGenerator<string[]> {
  try {
    for await (const page of container.listBlobsFlat().byPage({ maxPageSize: pageSize })) {
      yield page.segment.blobItems.map(({ name }) => name);
    }
  } catch (error) {
    // No container yet: nothing was ever signed.
    if (blobStatusOf(error) !== 404) throw storageUnavailable(error);
  }
}

function nameOf(seq: number): string {
  return `${String(Number.MAX_SAFE_INTEGER - seq).padStart(16, '0')}.jws`;
}

function undefinedWhenThere(error: unknown): undefined {
  if (blobStatusOf(error) === 409) return undefined;
  throw error;
}

async function translate<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageUnavailable(error);
  }
}
