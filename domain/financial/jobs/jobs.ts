/** The jobs of this service and what each is told. The ledger's functions add them: prisma/financial/migrations. */
export interface FinancialJobs {
  /** Asks flagship to carry out one transfer. */
  requestTransfer: { transferId: string };
  /** Asks again for transfers that have waited too long, whatever became of their jobs. */
  requestWaitingTransfers: unknown;
}
