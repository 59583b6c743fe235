-- What schema.prisma cannot say, as it stands after the last migration. Made by `npm run prisma:migrate -- describe`, for reading.

-- Checks

ALTER TABLE account ADD CONSTRAINT account_status_known CHECK ((status = ANY (ARRAY['open'::text, 'closed'::text])));
ALTER TABLE authorisation ADD CONSTRAINT authorisation_purpose_known CHECK ((purpose = ANY (ARRAY['link'::text, 'renew'::text])));
ALTER TABLE balance ADD CONSTRAINT balance_type_known CHECK ((type = ANY (ARRAY['booked'::text, 'available'::text])));
ALTER TABLE call_count ADD CONSTRAINT call_count_scope_known CHECK ((scope = ANY (ARRAY['accounts'::text, 'balances'::text, 'transactions'::text])));
ALTER TABLE connection ADD CONSTRAINT connection_status_known CHECK ((status = ANY (ARRAY['awaiting_authorisation'::text, 'active'::text, 'reauth_required'::text, 'revoked_at_provider'::text, 'revoked_by_user'::text, 'expired'::text, 'rejected'::text])));
ALTER TABLE connection ADD CONSTRAINT connection_tokens_end CHECK (((status = ANY (ARRAY['active'::text, 'reauth_required'::text])) OR ((access_token IS NULL) AND (refresh_token IS NULL))));
ALTER TABLE connection_event ADD CONSTRAINT connection_event_event_known CHECK ((event = ANY (ARRAY['started'::text, 'linked'::text, 'declined'::text, 'abandoned'::text, 'attempt_refused'::text, 'expiring'::text, 'renewal_started'::text, 'renewed'::text, 'renewal_declined'::text, 'reauth_required'::text, 'recovered'::text, 'revoked_at_provider'::text, 'revoked_by_user'::text, 'ended_at_bank'::text, 'expired'::text, 'erased'::text])));
ALTER TABLE transfer ADD CONSTRAINT transfer_amount_positive CHECK ((amount_minor > 0));
ALTER TABLE transfer ADD CONSTRAINT transfer_direction_known CHECK ((direction = ANY (ARRAY['deposit'::text, 'withdrawal'::text])));
ALTER TABLE transfer ADD CONSTRAINT transfer_status_known CHECK ((status = ANY (ARRAY['created'::text, 'unknown'::text, 'submitted'::text, 'processing'::text, 'stalled'::text, 'settled'::text, 'failed'::text, 'cancelled'::text, 'returned'::text])));
ALTER TABLE transfer ADD CONSTRAINT transfer_told_not_ahead CHECK ((told_sequence <= sequence));

-- Indexes with a condition, an expression or an operator class

CREATE INDEX provider_event_open_idx ON flagship.provider_event USING btree (received_at) WHERE (processed_at IS NULL);
CREATE INDEX transfer_open_idx ON flagship.transfer USING btree (created_at) WHERE (status = ANY (ARRAY['created'::text, 'unknown'::text, 'submitted'::text, 'processing'::text, 'stalled'::text]));
CREATE INDEX transfer_untold_idx ON flagship.transfer USING btree (updated_at) WHERE (told_sequence < sequence);

-- Triggers

CREATE TRIGGER connection_moves_lawfully BEFORE UPDATE OF status ON connection FOR EACH ROW WHEN (old.status IS DISTINCT FROM new.status) EXECUTE FUNCTION connection_moves_lawfully();
CREATE TRIGGER transfer_moves_forward BEFORE UPDATE OF status ON transfer FOR EACH ROW WHEN (old.status IS DISTINCT FROM new.status) EXECUTE FUNCTION transfer_moves_forward();

-- Functions

CREATE OR REPLACE FUNCTION flagship.connection_moves_lawfully()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF NOT (CASE OLD."status"
    WHEN 'awaiting_authorisation' THEN NEW."status" IN ('active', 'rejected', 'revoked_by_user', 'revoked_at_provider')
    WHEN 'active' THEN NEW."status" IN ('reauth_required', 'revoked_by_user', 'revoked_at_provider', 'expired')
    WHEN 'reauth_required' THEN NEW."status" IN ('active', 'revoked_by_user', 'revoked_at_provider', 'expired')
    WHEN 'expired' THEN NEW."status" IN ('active', 'revoked_by_user')
    WHEN 'revoked_at_provider' THEN NEW."status" = 'revoked_by_user'
    ELSE FALSE
  END) THEN
    RAISE EXCEPTION 'connection % cannot go from % to %', OLD."id", OLD."status", NEW."status" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$function$;

CREATE OR REPLACE FUNCTION flagship.transfer_moves_forward()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF "transfer_rank"(NEW."status") <= "transfer_rank"(OLD."status") THEN
    RAISE EXCEPTION 'transfer % cannot go from % to %', OLD."id", OLD."status", NEW."status" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$function$;

CREATE OR REPLACE FUNCTION flagship.transfer_rank(status text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog'
AS $function$
  SELECT CASE "status" WHEN 'created' THEN 0 WHEN 'unknown' THEN 1 WHEN 'submitted' THEN 2 WHEN 'processing' THEN 3 WHEN 'stalled' THEN 4
    WHEN 'returned' THEN 6 ELSE 5 END
$function$;

