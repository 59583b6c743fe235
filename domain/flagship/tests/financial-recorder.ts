import type { operations } from '#openapi/financial';
import { loadDocument } from '#platform/document';
import { createLogger } from '#platform/logger';
import { RawJson } from '#platform/raw-json';
import { createService } from '#platform/service';
import { createServiceSecurity } from '#platform/service-security';
import type { TrustedIssuers } from '#platform/service-token';
import { testSettings } from '#platform/testing/test-settings';

type ToldOperation = 'putBankAccounts' | 'putTransferState' | 'tellBankTransactions';
type Told<Id extends ToldOperation> = operations[Id]['requestBody']['content']['application/json'];

/** Stands where financial listens: checks each call by financial's contract, and remembers what it was told. */
export async function startFinancialRecorder(trust: TrustedIssuers) {
  const bankAccounts: ({ userId: string } & Told<'putBankAccounts'>)[] = [];
  const transferStates: ({ transferId: string } & Told<'putTransferState'>)[] = [];
  const bankTransactions: ({ userId: string } & Told<'tellBankTransactions'>['transactions'][number])[] = [];
  const document = loadDocument('financial');
  const told = [
    '/v1/people/{userId}/bank-accounts',
    '/v1/people/{userId}/bank-transactions',
    '/v1/transfers/{transferId}/provider-state',
  ];
  const paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => told.includes(path)));

  const service = createService<Pick<operations, ToldOperation>, unknown>({
    name: 'financial-recorder',
    settings: testSettings({ validateResponses: false }),
    document: { ...document, paths },
    authenticators: { ...(await createServiceSecurity('financial', trust)) },
    log: createLogger({ name: 'financial-recorder', level: 'silent' }),
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
  const { port } = await service.start();
  return {
    bankAccounts,
    bankTransactions,
    transferStates,
    url: `http://127.0.0.1:${String(port)}`,
    stop: () => service.stop(),
  };
}
