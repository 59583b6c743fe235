/** Every job of this service, with what it is given. */
export interface FlagshipJobs {
  syncConnection: { connectionId: string };
  syncDueConnections: object;
  tendConnections: object;
  checkConsent: { connectionId: string };
  revokeConsent: { connectionId: string };
  refreshInstitutions: object;
  resealTokens: object;
  processEvent: { eventId: string };
  catchUpEvents: object;
  resolveTransfer: { transferId: string };
  stallTransfers: object;
  tellBankAccounts: { connectionId: string };
  tellBankTransactions: { connectionId: string; transactionIds: string[] };
  tellConnectionAttention: { connectionId: string; noticeId: string };
  tellTransferState: { transferId: string };
  sweep: object;
}
