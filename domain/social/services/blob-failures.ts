import { blobsUnavailable } from '../errors.ts';

/** @throws media_storage_unavailable for whatever goes wrong */
export async function translate<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw blobsUnavailable(error);
  }
}
