-- What waits for its outcome is counted and listed without reading the whole log.
-- CreateIndex
CREATE INDEX "audit_event_outcome_seq_idx" ON "audit_event"("outcome", "seq");

-- What staff noted about people who are erased goes with them. What was decided, and why, stays in the history and the audit log.
-- The only way to take something out of the history of a case: the service itself can only add to it.
CREATE FUNCTION forget_people(people UUID[]) RETURNS VOID LANGUAGE sql SECURITY DEFINER SET search_path = admin, pg_temp AS $$
    DELETE FROM user_note WHERE user_id = ANY(people);
    DELETE FROM muted_reporter WHERE user_id = ANY(people);
    DELETE FROM case_event AS event USING report_case AS own
    WHERE own.id = event.case_id AND own.subject_owner_id = ANY(people) AND event.kind = 'noted';
$$;
