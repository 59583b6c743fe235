import { pagePolicy } from '#platform/html';
import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import { connectionPage } from '../helpers/connection-page.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type BankOperation =
  | 'listConnections'
  | 'createConnection'
  | 'renewConnection'
  | 'listConnectionHistory'
  | 'listInstitutions'
  | 'completeConnection'
  | 'getConnection'
  | 'deleteConnection'
  | 'syncConnection'
  | 'listAccounts'
  | 'listTransactions'
  | 'getTransaction'
  | 'updateTransaction';

export function bankControllers({ flagship }: Context): Pick<MobileHandlers, BankOperation> {
  return {
    listConnections: forward(flagship.listConnections),
    createConnection: forward(flagship.createConnection),
    renewConnection: forward(flagship.renewConnection),
    listConnectionHistory: forward(flagship.listConnectionHistory),
    listInstitutions: forward(flagship.listInstitutions),
    completeConnection: async ({ caller, query: { state, code, error }, request }) => {
      const answer = await flagship.completeConnection({
        caller: caller.actsFor,
        body: { state, ...(code !== undefined && { code }), ...(error !== undefined && { error }) },
      });
      if (request.accepts('html', 'json') === 'json') return { status: 200, body: answer.body };
      return {
        status: 200,
        headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': pagePolicy },
        body: connectionPage(answer.body),
      };
    },
    getConnection: forward(flagship.getConnection),
    deleteConnection: forward(flagship.deleteConnection),
    syncConnection: forward(flagship.syncConnection),
    listAccounts: forward(flagship.listAccounts),
    listTransactions: forward(flagship.listTransactions),
    getTransaction: forward(flagship.getTransaction),
    updateTransaction: forward(flagship.updateTransaction),
  };
}
