import type { components } from '#openapi/bff-admin';
import type { CheckpointVerdict, Verification } from '../services/verify-audit-log.ts';

type Schemas = components['schemas'];

export function presentVerification({ checkpoint, ...outcome }: Verification): Schemas['AuditVerification'] {
  return { ...outcome, checkpoint: presentCheckpoint(checkpoint) };
}

function presentCheckpoint(checkpoint: CheckpointVerdict): Schemas['AuditCheckpoint'] {
  if (!('seq' in checkpoint)) {
    return { ...checkpoint, seq: null, hash: null, at: null, immutableUntil: null, linesAfter: null };
  }
  const { at, immutableUntil, ...rest } = checkpoint;
  return { ...rest, at: at.toISOString(), immutableUntil: immutableUntil?.toISOString() ?? null };
}
