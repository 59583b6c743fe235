-- Forgets answers that were kept for repeated requests, at most so many, and says how many. A key is promised for 7 days; by the clock
-- of the database, so that no process can forget one early and have its money moved again.
CREATE FUNCTION forget_replies(at_most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
  WITH forgotten AS (
    DELETE FROM idempotency WHERE (owner_id, operation, key) IN (
      SELECT owner_id, operation, key FROM idempotency WHERE created_at < now() - interval '8 days'
      ORDER BY created_at LIMIT at_most FOR UPDATE SKIP LOCKED)
    RETURNING 1
  )
  SELECT count(*) FROM forgotten
$$;
