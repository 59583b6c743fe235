-- AlterTable
ALTER TABLE "cover" ADD COLUMN     "origin_id" UUID;
UPDATE cover SET origin_id = transaction_id;
ALTER TABLE "cover" ALTER COLUMN "origin_id" SET NOT NULL;

-- What follows cannot be said in schema.prisma.

-- A cover moves what was posted once, under whatever id the bank tells the transaction: it is held by the id that it had first.
DROP INDEX cover_in_force;
CREATE UNIQUE INDEX cover_in_force ON cover (origin_id) WHERE ended_at IS NULL;

DROP FUNCTION hold_for_cover;

-- What a cover of this transaction holds while it is decided: pocket and wallet, and the pocket of a cover that waits for the others.
CREATE FUNCTION hold_for_cover(origin uuid, person uuid, named uuid, money text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('cover ' || origin, 0));
  PERFORM lock_accounts(ARRAY[named, find_account(person, 'wallet', money)]
    || ARRAY(SELECT pocket_id FROM cover WHERE origin_id = origin AND ended_at IS NULL));
END $$;

-- {ownerId, key, hash, transactionId, originId, accountId, bookedOn, pocketId, amountMinor, currency, at}: covers a transaction of the person,
-- by the rights and approvals of a withdrawal. Who does not name the first id means the one named.
CREATE OR REPLACE FUNCTION cover_transaction(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  covered uuid := (request ->> 'transactionId')::uuid;
  origin uuid := coalesce(request ->> 'originId', request ->> 'transactionId')::uuid;
  named uuid := (request ->> 'pocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  reply jsonb := claim_request(request, 'coverTransaction');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(named, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  PERFORM hold_for_cover(origin, person, named, request ->> 'currency');
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at
  WHERE id IN (SELECT approval_id FROM cover WHERE origin_id = origin AND ended_at IS NULL) AND status = 'pending' AND expires_at <= at;
  IF EXISTS (SELECT FROM cover WHERE origin_id = origin AND ended_at IS NULL) THEN RETURN refuse('transaction_already_covered'); END IF;

  reply := move_money(request - 'key' || '{"source": "cover"}', 'coverTransaction', 'pocket_withdrawal', named, NULL);
  IF reply ->> 'outcome' = 'refused' THEN RETURN reply; END IF;
  INSERT INTO cover (id, transaction_id, origin_id, account_id, booked_on, pocket_id, movement_id, approval_id, started_at)
  VALUES (uuidv7(), covered, origin, (request ->> 'accountId')::uuid, (request ->> 'bookedOn')::date, named,
    CASE WHEN reply ->> 'status' = '201' THEN (reply #>> '{body,id}')::uuid END,
    CASE WHEN reply ->> 'status' = '202' THEN (reply #>> '{body,id}')::uuid END, at);
  IF reply ->> 'status' = '201' THEN reply := done(201, cover_of(covered, person, at)); END IF;
  RETURN keep_reply(request, 'coverTransaction', reply);
END $$;

-- Whether somebody asked before their own say counted.
CREATE FUNCTION is_newcomer(asked pocket_approval) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT FROM pocket_member
  WHERE pocket_id = asked.pocket_id AND member_id = asked.requester_id AND voice_from > asked.created_at);

-- How many others must agree now: as many as when it was asked, but never more than have a say; for a closing everybody. What a
-- newcomer asks needs one more: else who brought them would ask by them, and be the one who agrees.
CREATE OR REPLACE FUNCTION approvals_needed(asked pocket_approval) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN asked.status <> 'pending' THEN asked.needed WHEN asked.kind = 'closing' THEN count(*)
    ELSE least(asked.needed + is_newcomer(asked)::integer, count(*)) END
  FROM voices_on(asked)
$$;

REVOKE EXECUTE ON FUNCTION hold_for_cover FROM PUBLIC, financial;
