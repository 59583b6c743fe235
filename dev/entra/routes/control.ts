import { json, Router } from 'express';
import type { Request, Response } from 'express';
import { applyFaults, noFaults } from '../faults.ts';
import { signToken } from '../tokens.ts';
import { findStaff } from '../tenant.ts';
import type { StaffMember } from '../staff.ts';
import type { Tenant } from '../tenant.ts';

/** What a real identity provider does by itself, on demand; README.md says what each of these is for. */
export function controlRoutes(tenant: Tenant): Router {
  const router = Router();
  router.use(json());

  router.get('/faults', (_req, res) => {
    res.json(tenant.faults);
  });
  router.put('/faults', (req, res) => {
    if (applyFaults(tenant.faults, bodyOf(req))) res.json(tenant.faults);
    else refuse(res, 'faults are metadata, keys, token: none, hang, html or error; and clockOffsetSeconds');
  });
  router.delete('/faults', (_req, res) => {
    res.json(Object.assign(tenant.faults, noFaults()));
  });

  router.get('/requests', (_req, res) => {
    res.json(tenant.requests);
  });

  router.post('/keys/rotate', async (req, res) => {
    const { withdrawOld = false } = bodyOf(req);
    if (typeof withdrawOld !== 'boolean') refuse(res, 'withdrawOld is true or false');
    else res.json({ kid: await tenant.keys.rotate({ withdrawOld }) });
  });

  router.get('/staff', (_req, res) => {
    res.json(tenant.staff);
  });
  router.put('/staff/:email', (req, res) => {
    const member = findStaff(tenant, req.params.email);
    if (!member) res.status(404).json({ error: 'no such member of staff' });
    else if (changeStaff(member, bodyOf(req))) res.json(member);
    else refuse(res, 'a member of staff has roles (a list of words), enabled and manyGroups');
  });

  router.post('/tokens', async (req, res) => {
    res.json({ access_token: await signToken(tenant, bodyOf(req)) });
  });

  return router;
}

function changeStaff(member: StaffMember, changes: Record<string, unknown>): boolean {
  const { roles = member.roles, enabled = member.enabled, manyGroups = member.manyGroups, ...unknown } = changes;
  const fits =
    Array.isArray(roles) &&
    roles.every((role) => typeof role === 'string') &&
    typeof enabled === 'boolean' &&
    typeof manyGroups === 'boolean' &&
    Object.keys(unknown).length === 0;
  if (fits) Object.assign(member, { roles, enabled, manyGroups });
  return fits;
}

function bodyOf(req: Request): Record<string, unknown> {
  return (req.body ?? {}) as Record<string, unknown>;
}

function refuse(res: Response, error: string): void {
  res.status(400).json({ error });
}
