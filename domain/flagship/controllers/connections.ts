import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentConnection } from '../helpers/present-connection.ts';
import { healthOf, statusOf } from '../helpers/connection-health.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import * as authorisations from '../services/authorisations.ts';
import * as connections from '../services/connections.ts';

type Operations =
  | 'createConnection'
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
    completeConnection: async ({ caller, body }) => ({
      status: 200,
      body: await authorisations.completeConnection(ctx, caller, body),
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
