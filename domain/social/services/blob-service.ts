/** What every store of blobs shares: the client, and how its failures are told. */
import { DefaultAzureCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { blobsUnavailable } from '../errors.ts';

/** A connection string with the account's key; or the account's URL, where the identity of this process has a role. */
export type BlobAccess = string | { accountUrl: string };

const patience = {
  retryOptions: { maxTries: 3, tryTimeoutInMs: 5_000, retryDelayInMs: 100, maxRetryDelayInMs: 1_000 },
};

/** A client with bounded patience. */
export function createBlobService(access: BlobAccess): BlobServiceClient {
  return typeof access === 'string'
    ? BlobServiceClient.fromConnectionString(access, patience)
    : new BlobServiceClient(access.accountUrl, new DefaultAzureCredential(), patience);
}

/** Does it once; again after a failure. */
export function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

export function undefinedWhenMissing(error: unknown): undefined {
  if (statusOf(error) === 404) return undefined;
  throw error;
}

/** @throws media_storage_unavailable for whatever goes wrong */
export async function translate<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw blobsUnavailable(error);
  }
}

function statusOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
}
