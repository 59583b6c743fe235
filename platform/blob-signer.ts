/** Signs the URL of one blob: with the account's key, or with a user delegation key, which stands for this process's role. */
import { SASProtocol, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { BlobClient, BlobGenerateSasUrlOptions, BlobServiceClient, UserDelegationKey } from '@azure/storage-blob';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';

const minuteMs = 60_000;
const keyMs = 24 * 60 * minuteMs;
const renewedBeforeEndMs = 12 * 60 * minuteMs;
/** No link lasts longer, and none is good beyond its key. */
const longestLinkMs = 60 * minuteMs;
/** The clock of the storage may be behind ours. */
const skewMs = 5 * minuteMs;

type Link = Required<Pick<BlobGenerateSasUrlOptions, 'permissions' | 'expiresOn'>> &
  Pick<BlobGenerateSasUrlOptions, 'contentDisposition'>;

export interface BlobSigner {
  /** Gets what signing needs, so that `sign`, soon after, is arithmetic and waits for no network. */
  prepare(): Promise<void>;
  /** @throws whatever Blob Storage answers */
  sign(blob: BlobClient, link: Link): Promise<string>;
}

/** Signs as `service` proves who it is. */
export function createBlobSigner(service: BlobServiceClient, clock: Clock = systemClock): BlobSigner {
  if (service.credential instanceof StorageSharedKeyCredential) return accountSigner;
  const currentKey = keepKey((from, to) => service.getUserDelegationKey(from, to), clock);
  return {
    async prepare() {
      await currentKey();
    },
    async sign(blob, link) {
      const key = await currentKey();
      return blob.generateUserDelegationSasUrl({ ...link, protocol: protocolOf(blob) }, key);
    },
  };
}

const accountSigner: BlobSigner = {
  prepare: () => Promise.resolve(),
  sign: (blob, link) => blob.generateSasUrl({ ...link, protocol: protocolOf(blob) }),
};

/** Gives a key that outlives every link: one for all who ask, renewed long before its end. */
function keepKey(
  fetchKey: (from: Date, to: Date) => Promise<UserDelegationKey>,
  clock: Clock,
): () => Promise<UserDelegationKey> {
  let kept: UserDelegationKey | undefined;
  let fetched: Promise<UserDelegationKey> | undefined;
  const lasts = (key: UserDelegationKey, ms: number) => key.signedExpiresOn.getTime() - clock.now().getTime() > ms;
  const renew = async () => {
    const now = clock.now().getTime();
    kept = await fetchKey(new Date(now - skewMs), new Date(now + keyMs));
    return kept;
  };

  return async () => {
    if (kept && lasts(kept, renewedBeforeEndMs)) return kept;
    fetched ??= renew().finally(() => (fetched = undefined));
    try {
      return await fetched;
    } catch (error) {
      // The old one still does: there are hours to get another.
      if (kept && lasts(kept, longestLinkMs)) return kept;
      throw error;
    }
  };
}

/** Only a development stack has its blobs behind plain HTTP. */
function protocolOf({ url }: BlobClient): SASProtocol {
  return url.startsWith('https:') ? SASProtocol.Https : SASProtocol.HttpsAndHttp;
}
