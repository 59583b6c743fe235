/** Azure Blob Storage: how a process is told the way to it, and the client that every store of blobs shares. */
import { DefaultAzureCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { ConfigError, optional, text, url } from './env.ts';
import type { readEnv } from './env.ts';

/** A connection string with the account's key; or the account's URL, where the identity of this process has a role. */
export type BlobAccess = string | { accountUrl: string };

/** The variables behind `BlobAccess`; spread them into a `readEnv` shape. */
export const blobVariables = { BLOB_CONNECTION_STRING: optional(text()), BLOB_ACCOUNT_URL: optional(url('https')) };

const patience = {
  retryOptions: { maxTries: 3, tryTimeoutInMs: 5_000, retryDelayInMs: 100, maxRetryDelayInMs: 1_000 },
};

/**
 * By the account's key, or by the identity of the process: one of them, so that nobody wonders which is in force.
 * @throws ConfigError when both or neither are there.
 */
export function readBlobAccess(values: ReturnType<typeof readEnv<typeof blobVariables>>): BlobAccess {
  const { BLOB_CONNECTION_STRING: connectionString, BLOB_ACCOUNT_URL: accountUrl } = values;
  if (connectionString !== undefined && accountUrl !== undefined) {
    throw new ConfigError(['BLOB_CONNECTION_STRING and BLOB_ACCOUNT_URL are both there: one of them must go']);
  }
  if (connectionString !== undefined) return connectionString;
  if (accountUrl !== undefined) return { accountUrl };
  throw new ConfigError(['BLOB_CONNECTION_STRING or BLOB_ACCOUNT_URL is missing']);
}

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

/** For a `catch`: a blob that is not there is undefined, and anything else still an error. */
export function undefinedWhenMissing(error: unknown): undefined {
  if (blobStatusOf(error) === 404) return undefined;
  throw error;
}

/** The HTTP status that Blob Storage refused with; undefined when it did not answer. */
export function blobStatusOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
}
