/** Every job of bff-admin, with what it is given. */
export interface AdminJobs {
  /** Carries out a decision whose outcome is not known, and closes its audit line. */
  settleDecision: { decisionId: string };
  /** Writes a list to a file. */
  buildExport: { exportId: string };
  /** Deletes the files of exports that are over. Added by the clock. */
  expireExports: unknown;
  /** Signs what the audit log has more than its newest checkpoint. Added by the clock. */
  signCheckpoints: unknown;
  /** Makes cases of what people have reported. Added by the clock. */
  takeOverReports: unknown;
  /** Removes sessions that are over. Added by the clock. */
  removeEndedSessions: unknown;
  /** Forgets what staff noted about people who are erased. Added by the clock. */
  forgetPeople: unknown;
  /** Forgets what has outlived its use. Added by the clock. */
  sweep: unknown;
  /** Tells that somebody may act alone. */
  alertBreakGlass: { breakGlassId: string };
}
