-- AlterTable
ALTER TABLE "pocket" ADD COLUMN     "share_audience" TEXT,
ADD COLUMN     "share_shows_amount" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "erased_person" (
    "person_hash" BYTEA NOT NULL,
    "erased_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "erased_person_pkey" PRIMARY KEY ("person_hash")
);

-- What follows cannot be said in schema.prisma.

-- Sharing: private until the owner names an audience. A closed pocket is shared with nobody.
ALTER TABLE pocket
  ADD CONSTRAINT pocket_share_audience CHECK (share_audience IN ('public', 'followers')),
  ADD CONSTRAINT pocket_share_amount CHECK (share_audience IS NOT NULL OR NOT share_shows_amount);
GRANT UPDATE (share_audience, share_shows_amount) ON pocket TO financial;

CREATE OR REPLACE VIEW pocket_facts AS
SELECT p.id, p.owner_id AS "ownerId", p.name, p.emoji, p.currency, a.posted_minor AS "balanceMinor", a.entry_count AS "entryCount",
  p.target_minor AS "targetMinor", p.target_date AS "targetDate", p.monthly_minor AS "monthlyMinor", p.visibility, p.version,
  p.created_at AS "createdAt", p.closed_at AS "closedAt",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('month', to_char(m.month, 'YYYY-MM'), 'netMinor', m.net_minor)), '[]')
   FROM (SELECT month, net_minor FROM pocket_month WHERE pocket_id = p.id ORDER BY month DESC LIMIT 5) m) AS months,
  CASE WHEN p.closed_at IS NULL AND p.share_audience IS NOT NULL
    THEN jsonb_build_object('audience', p.share_audience, 'showAmount', p.share_shows_amount) END AS shared
FROM pocket p JOIN ledger_account a ON a.id = p.id;

-- The person hears how a transfer ended, by a job in the transaction that ended it. The notice has its id from here, so that
-- telling it twice is telling it once.
CREATE FUNCTION tell_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM financial_jobs.add_job('tellTransferOutcome',
    json_build_object('transferId', NEW.id, 'status', NEW.status, 'noticeId', uuidv7()));
  RETURN NULL;
END $$;

CREATE TRIGGER outcome_is_told AFTER UPDATE OF status ON transfer FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND NEW.status IN ('settled', 'failed', 'cancelled', 'returned'))
  EXECUTE FUNCTION tell_outcome();

-- Leaving: what is in the way, one object a kind, {kind, ids}.
CREATE FUNCTION closing_blockers(person uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'ids', to_jsonb(ids[1:100])) ORDER BY kind), '[]') FROM (
    SELECT 'balance' AS kind, array_agg(id ORDER BY id) AS ids FROM ledger_account WHERE owner_id = person AND posted_minor <> 0
    UNION ALL
    SELECT 'pending_transfer', array_agg(id ORDER BY id) FROM transfer
    WHERE owner_id = person AND status NOT IN ('settled', 'failed', 'cancelled', 'returned')
  ) found WHERE ids IS NOT NULL;
END;

-- Only a hash of an erased person's id is kept; who does not know the id cannot come back from it.
CREATE FUNCTION person_hash(person uuid) RETURNS bytea LANGUAGE sql IMMUTABLE
RETURN sha256(uuid_send(person));

-- False for a person who was erased. Whoever is told true may write about the person until the transaction ends: an
-- erasure waits for it.
CREATE FUNCTION hold_person(person uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('person ' || person, 0));
  RETURN NOT EXISTS (SELECT FROM erased_person WHERE person_hash = person_hash(person));
END $$;

-- Entries, transactions and the identity of accounts never change, but for this: in an erasure a pseudonym takes the place of
-- the person, and the person's note goes. Everything else must be as it was.
CREATE FUNCTION refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
DECLARE
  expected jsonb;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF current_setting('financial.erasure', true) = OLD.owner_id || ' ' || NEW.owner_id THEN
      expected := replace(to_jsonb(OLD)::text, OLD.owner_id::text, NEW.owner_id::text)::jsonb;
      IF expected ? 'note' THEN expected := expected || '{"note": null}'; END IF;
      IF to_jsonb(NEW) = expected THEN RETURN NEW; END IF;
    END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

DROP TRIGGER append_only ON ledger_entry;
DROP TRIGGER append_only ON ledger_transaction;
DROP TRIGGER identity_fixed ON ledger_account;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_transaction FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();
CREATE TRIGGER identity_fixed BEFORE UPDATE OF id, owner_id, holder_id, kind, currency ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();

-- {personId, pseudonym, at}: forgets a person and keeps the books. Transfers are locked before accounts, as advance_transfer does.
CREATE FUNCTION erase_person(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'personId')::uuid;
  pseudonym uuid := (request ->> 'pseudonym')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  blockers jsonb;
BEGIN
  IF house() IN (person, pseudonym) THEN RETURN refuse('forbidden'); END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('person ' || person, 0));
  IF NOT hold_person(person) THEN RETURN done(204, NULL); END IF;
  IF EXISTS (SELECT FROM ledger_account WHERE owner_id = pseudonym) THEN RAISE EXCEPTION 'a pseudonym is nobody else''s'; END IF;

  PERFORM FROM transfer WHERE owner_id = person ORDER BY id FOR UPDATE;
  PERFORM FROM ledger_account WHERE owner_id = person ORDER BY id FOR UPDATE;
  blockers := closing_blockers(person);
  IF blockers <> '[]' THEN
    RETURN refuse('closing_blocked') || jsonb_build_object('extensions', jsonb_build_object('blockers', blockers));
  END IF;

  PERFORM forget_details(person, at);
  PERFORM put_pseudonym(person, pseudonym);
  INSERT INTO erased_person (person_hash, erased_at) VALUES (person_hash(person), at);
  RETURN done(204, NULL);
END $$;

-- What says something about the person and is not needed for the books. Their pockets, empty by now, are closed.
CREATE FUNCTION forget_details(person uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger_account SET status = 'closed' WHERE owner_id = person AND kind = 'pocket';
  UPDATE pocket SET name = '', emoji = NULL, target_minor = NULL, target_date = NULL, monthly_minor = NULL,
    share_audience = NULL, share_shows_amount = false, closed_at = coalesce(closed_at, at), updated_at = at, version = version + 1
  WHERE owner_id = person;
  DELETE FROM idempotency WHERE owner_id = person;
  DELETE FROM bank_account WHERE owner_id = person;
  DELETE FROM bank_connection WHERE owner_id = person;
END $$;

-- The pseudonym in the place of the person, wherever the person stands.
CREATE FUNCTION put_pseudonym(person uuid, pseudonym uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('financial.erasure', person || ' ' || pseudonym, true);
  UPDATE ledger_entry SET owner_id = pseudonym WHERE account_id IN (SELECT id FROM ledger_account WHERE owner_id = person);
  UPDATE ledger_transaction SET owner_id = pseudonym, note = NULL WHERE owner_id = person;
  UPDATE pocket_month SET owner_id = pseudonym WHERE pocket_id IN (SELECT id FROM pocket WHERE owner_id = person);
  UPDATE pocket SET owner_id = pseudonym WHERE owner_id = person;
  UPDATE transfer SET owner_id = pseudonym WHERE owner_id = person;
  UPDATE ledger_account SET owner_id = pseudonym, holder_id = CASE holder_id WHEN person THEN pseudonym ELSE holder_id END
  WHERE owner_id = person;
  PERFORM set_config('financial.erasure', '', true);
END $$;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON erased_person FROM financial;
REVOKE EXECUTE ON FUNCTION tell_outcome, refuse_all_but_erasure, forget_details, put_pseudonym FROM PUBLIC, financial;
