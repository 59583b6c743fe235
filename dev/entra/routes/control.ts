import { json, Router } from 'express';
import { FAULTS } from '../faults.ts';
import type { Fault, Faults } from '../faults.ts';
import { signToken } from '../tokens.ts';
import { findStaff } from '../tenant.ts';
import type { Claims, Tenant } from '../tenant.ts';

/**
 * What a real identity provider does by itself, on demand: `PUT /control/faults`, `POST /control/keys/rotate`,
 * `PUT /control/staff/{email}` (roles, enabled) and `POST /control/tokens` (claims to sign).
 */
export function controlRoutes(tenant: Tenant): Router {
  const router = Router();
  router.use(json());

  router.get('/faults', (_req, res) => {
    res.json(tenant.faults);
  });

  router.put('/faults', (req, res) => {
    const wanted = req.body as Partial<Faults>;
    for (const endpoint of ['metadata', 'keys', 'token'] as const) {
      const fault = wanted[endpoint];
      if (fault !== undefined && isFault(fault)) tenant.faults[endpoint] = fault;
    }
    if (typeof wanted.clockOffsetSeconds === 'number') tenant.faults.clockOffsetSeconds = wanted.clockOffsetSeconds;
    res.json(tenant.faults);
  });

  router.post('/keys/rotate', async (req, res) => {
    const { withdrawOld = false } = (req.body ?? {}) as { withdrawOld?: boolean };
    res.json({ kid: await tenant.keys.rotate({ withdrawOld }) });
  });

  router.put('/staff/:email', (req, res) => {
    const member = findStaff(tenant, req.params.email);
    if (!member) {
      res.status(404).json({ error: 'no such member of staff' });
      return;
    }
    const { roles, enabled } = req.body as { roles?: string[]; enabled?: boolean };
    if (roles) member.roles = roles;
    if (enabled !== undefined) member.enabled = enabled;
    res.json(member);
  });

  router.post('/tokens', async (req, res) => {
    res.json({ access_token: await signToken(tenant, req.body as Claims) });
  });

  return router;
}

function isFault(value: string): value is Fault {
  return FAULTS.some((fault) => fault === value);
}
