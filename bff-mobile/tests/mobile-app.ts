import { importJWK, SignJWT } from 'jose';
import { newId } from '#platform/ids';
import { findFreePorts } from '#platform/testing/ports';
import { generateServiceKey } from '#platform/testing/service-keys';
import { createTestClock } from '#platform/testing/test-clock';
import { testSettings } from '#platform/testing/test-settings';
import type { Config } from '../config.ts';
import { createMobileService } from '../service.ts';

export const userId = newId();
export const docsUrl = 'https://api.clync.example';
export const sessionId = newId();

/** bff-mobile with nobody behind it, but what a test puts there: what it does alone. With the services it is a journey. */
export async function startMobile(behind: Partial<Config> = {}) {
  const clock = createTestClock();
  const signing = generateServiceKey();
  const retired = generateServiceKey();
  const [nobody = 0] = await findFreePorts(1);
  const config = configOf(nobody, [signing.privateKey, retired.privateKey]);
  const service = await createMobileService({ ...config, ...behind }, clock);

  /** An access token; `change` makes it another one. */
  async function token(
    change: Record<string, unknown> = {},
    key = signing.privateKey,
    header: object = {},
  ): Promise<string> {
    const now = Math.floor(clock.now().getTime() / 1000);
    const claims = { iss: docsUrl, aud: 'clync-app', sub: userId, sid: sessionId, iat: now, exp: now + 600, ...change };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: key.kid ?? '', ...header })
      .sign(await importJWK(key, 'EdDSA'));
  }
  return { ...service, clock, token, keys: { signing: signing.privateKey, retired: retired.privateKey } };
}

function configOf(nobody: number, userTokenKeys: Config['userTokenKeys']): Config {
  const url = `http://127.0.0.1:${String(nobody)}`;
  return {
    settings: testSettings({ docsUrl, trustedProxies: ['loopback'] }),
    socialUrl: url,
    financialUrl: url,
    flagshipUrl: url,
    adminUrl: url,
    serviceTokenKey: generateServiceKey().privateKey,
    userTokenKeys,
    stepUpAboveUnits: 500,
  };
}
