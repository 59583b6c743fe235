import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentConnection } from '../helpers/present-connection.ts';
import { healthOf, statusOf } from '../helpers/connection-health.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import { presentConnectionEvent } from '../helpers/connection-events.ts';
import * as authorisations from '../services/authorisations.ts';
import { completeConnection } from '../services/complete-connection.ts';
import * as connections from '../services/connections.ts';
import { listInstitutions } from '../services/institutions.ts';

type Operations =
  | 'createConnection'
  | 'renewConnection'
  | 'listConnectionHistory'
  | 'listInstitutions'
  | 'completeConnection'
  | 'listConnections'
  | 'getConnection'
  | 'deleteConnection'
  | 'syncConnection'
  | 'getConnectionsSummary';

export function connectionControllers(ctx: Context): Pick<FlagshipHandlers, Operations> {
  const present = (row: Parameters<typeof presentConnection>[0]) =>
    presentConnection(row, ctx.clock.now(), ctx.syncEveryMs);

  return {
    createConnection: async ({ caller, body, headers }) => {
      const wanted = { institutionId: body.institutionId, idempotencyKey: headers['idempotency-key'] };
      const outcome = await authorisations.createConnection(ctx, caller, wanted);
      return { status: 201, body: outcome.body, headers: replayedHeader(outcome) };
    },
    renewConnection: async ({ caller, path, headers }) => {
      const wanted = { ...path, idempotencyKey: headers['idempotency-key'] };
      const outcome = await authorisations.renewConnection(ctx, caller, wanted);
      return { status: 201, body: outcome.body, headers: replayedHeader(outcome) };
    },
    completeConnection: async ({ caller, body }) => ({
      status: 200,
      body: await completeConnection(ctx, caller, body),
    }),
    listConnections: async ({ caller, query }) => {
      const { items, nextCursor } = await connections.listConnections(ctx, caller, {
        ...query,
        limit: query.limit ?? 20,
      });
      return { status: 200, body: { items: items.map(present), nextCursor } };
    },
    getConnection: async ({ caller, path }) => ({
      status: 200,
      body: present(await connections.getConnection(ctx, caller, path.connectionId)),
    }),
    listConnectionHistory: async ({ caller, path, query }) => {
      const page = { ...path, ...query, limit: query.limit ?? 20 };
      const { items, nextCursor } = await connections.listConnectionHistory(ctx, caller, page);
      return { status: 200, body: { items: items.map(presentConnectionEvent), nextCursor } };
    },
    listInstitutions: async ({ query }) => {
      const { items, nextCursor } = await listInstitutions(ctx, { ...query, limit: query.limit ?? 20 });
      return { status: 200, body: { items, nextCursor } };
    },
    deleteConnection: async ({ caller, path, query }) => {
      await connections.deleteConnection(ctx, caller, { connectionId: path.connectionId, erase: query.erase ?? false });
      return { status: 204 };
    },
    syncConnection: async ({ caller, path }) => ({
      status: 202,
      body: present(await connections.syncConnection(ctx, caller, path.connectionId)),
    }),
    getConnectionsSummary: async ({ path }) => {
      const now = ctx.clock.now();
      const summary = await connections.getConnectionsSummary(ctx, path.userId);
      const items = summary.connections.map((connection) => ({
        id: connection.id,
        institutionName: connection.institutionName,
        status: statusOf(connection, now),
        health: healthOf(connection, now, ctx.syncEveryMs),
        accounts: connection._count.accounts,
        createdAt: connection.createdAt.toISOString(),
      }));
      return {
        status: 200,
        body: { userId: path.userId, connections: items, transfersInFlight: summary.transfersInFlight },
      };
    },
  };
}
