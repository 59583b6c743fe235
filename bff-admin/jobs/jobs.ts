/** Every job of bff-admin, with what it is given. */
export interface AdminJobs {
  /** Carries out a decision whose outcome is not known, and closes its audit line. */
  settleDecision: { decisionId: string };
  /** Removes sessions that are over. Added by the clock. */
  removeEndedSessions: unknown;
}
