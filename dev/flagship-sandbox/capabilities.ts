import type { components } from '#openapi/flagship-provider';
import { Problem } from '#platform/problem';

export type Capabilities = components['schemas']['Capabilities'];
export type Capability = Exclude<keyof Capabilities, 'unattendedReadsPerDay'>;

const everything: Capabilities = {
  transfers: true,
  transferCancellation: true,
  transferList: true,
  consentRenewal: true,
  webhookKeys: true,
  unattendedReadsPerDay: null,
};
export const capabilityNames = Object.keys(everything).filter(
  (name): name is Capability => name !== 'unattendedReadsPerDay',
);

/** What this provider offers. It can be made to offer less; that is forgotten when the sandbox restarts. */
export function createCapabilities() {
  const current = { ...everything };
  return {
    current,
    set: (changes: Partial<Capabilities>): Capabilities => Object.assign(current, everything, changes),
    /** @throws capability_unavailable */
    assert: (capability: Capability) => {
      if (current[capability]) return;
      throw new Problem('capability_unavailable', undefined, { extensions: { capability, reason: capability } });
    },
  };
}
export type CapabilityControl = ReturnType<typeof createCapabilities>;
