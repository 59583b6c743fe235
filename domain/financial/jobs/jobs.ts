/** The jobs of this service and what each is told. The ledger's functions add them: prisma/financial/migrations. */
export interface FinancialJobs {
  /** Asks flagship to carry out one transfer. */
  requestTransfer: { transferId: string };
  /** Tells the person, by social, how a transfer ended. */
  tellTransferOutcome: {
    transferId: string;
    status: 'stalled' | 'settled' | 'failed' | 'cancelled' | 'returned';
    noticeId: string;
  };
  /** Tells a person, by social, that something happened to what they save: `tell_person` of the migrations adds it. */
  tellPerson: {
    personId: string;
    noticeId: string;
    kind:
      | 'pocket_invitation'
      | 'pocket_milestone'
      | 'rule_skipped'
      | 'approval_requested'
      | 'approval_decided'
      | 'unlock_requested';
    subject: { type: 'invitation' | 'pocket' | 'rule'; id: string };
    /** Who did it, where a person did. */
    actorId: string | null;
  };
  /** Asks social to keep the picture of a pocket no longer: the trigger `picture_goes` of the migrations adds it. */
  dropPocketImages: { personId: string; pocketId: string };
  /** Decides the open runs of a person's rules: `ask_rule_runs` of the migrations adds it. */
  runRules: { personId: string };
  /** Opens the occurrences of rules whose day has come. */
  openDueRules: unknown;
  /** Asks again for transfers that have waited too long, whatever became of their jobs. */
  requestWaitingTransfers: unknown;
  /** Compares ledger, flagship and provider over the days of a reconciliation. */
  runReconciliation: { reconciliationId: string };
  /** Opens the reconciliation of the last days. */
  reconcileNight: unknown;
  /** Forgets what has outlived its use. */
  sweep: unknown;
}
