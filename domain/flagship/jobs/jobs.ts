/** Every job of this service, with what it is given. */
export interface FlagshipJobs {
  syncConnection: { connectionId: string };
  syncDueConnections: object;
  revokeConsent: { connectionId: string };
  processEvent: { eventId: string };
  catchUpEvents: object;
  resolveTransfer: { transferId: string };
  tellBankAccounts: { connectionId: string };
  tellBankTransactions: { connectionId: string; transactionIds: string[] };
  tellConnectionAttention: { connectionId: string; noticeId: string };
  tellTransferState: { transferId: string };
}
