import type { operations } from '#openapi/financial';
import { RawJson } from '#platform/raw-json';
import type { TrustedIssuers } from '#platform/service-token';
import { startStandIn } from '#platform/testing/stand-in';

type ToldOperation = 'putBankAccounts' | 'putTransferState' | 'tellBankTransactions';
type Told<Id extends ToldOperation> = operations[Id]['requestBody']['content']['application/json'];

/** Stands where financial listens: checks each call by financial's contract, and remembers what it was told. */
export async function startFinancialRecorder(trust: TrustedIssuers) {
  const bankAccounts: ({ userId: string } & Told<'putBankAccounts'>)[] = [];
  const transferStates: ({ transferId: string } & Told<'putTransferState'>)[] = [];
  const bankTransactions: ({ userId: string } & Told<'tellBankTransactions'>['transactions'][number])[] = [];

  const standIn = await startStandIn<Pick<operations, ToldOperation>>({
    name: 'financial',
    trust,
    settings: { validateResponses: false },
    handlers: {
      putBankAccounts: ({ path, body }) => {
        bankAccounts.push({ userId: path.userId, ...body });
        return { status: 204 };
      },
      tellBankTransactions: ({ path, body }) => {
        bankTransactions.push(...body.transactions.map((transaction) => ({ userId: path.userId, ...transaction })));
        return { status: 204 };
      },
      putTransferState: ({ path, body }) => {
        transferStates.push({ transferId: path.transferId, ...body });
        return { status: 200, body: new RawJson('{}') };
      },
    },
  });
  return { bankAccounts, bankTransactions, transferStates, ...standIn };
}
