-- CreateTable
CREATE TABLE "rule" (
    "id" UUID NOT NULL,
    "pocket_id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "pocket_ids" UUID[],
    "settings" JSONB NOT NULL,
    "caps" JSONB NOT NULL,
    "priority" SMALLINT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "every" TEXT,
    "day" SMALLINT,
    "first_on" DATE,
    "next_on" DATE,
    "next_at" TIMESTAMPTZ(3),
    "paused_until" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "rule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rule_run" (
    "id" UUID NOT NULL,
    "rule_id" UUID NOT NULL,
    "source_event_id" TEXT NOT NULL,
    "transaction_id" UUID,
    "basis_minor" BIGINT,
    "occurred_on" DATE NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'due',
    "code" TEXT,
    "limit_name" TEXT,
    "amount_minor" BIGINT,
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "rule_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rule_run_part" (
    "run_id" UUID NOT NULL,
    "pocket_id" UUID NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "movement_id" UUID NOT NULL,

    CONSTRAINT "rule_run_part_pkey" PRIMARY KEY ("run_id","pocket_id")
);

-- CreateTable
CREATE TABLE "rule_period_use" (
    "rule_id" UUID NOT NULL,
    "period" TEXT NOT NULL,
    "starts_on" DATE NOT NULL,
    "used_minor" BIGINT NOT NULL,

    CONSTRAINT "rule_period_use_pkey" PRIMARY KEY ("rule_id","period","starts_on")
);

-- CreateIndex
CREATE INDEX "rule_owner_id_pocket_id_idx" ON "rule"("owner_id", "pocket_id");

-- CreateIndex
CREATE INDEX "rule_pocket_id_owner_id_idx" ON "rule"("pocket_id", "owner_id");

-- CreateIndex
CREATE INDEX "rule_run_rule_id_id_idx" ON "rule_run"("rule_id", "id" DESC);

-- CreateIndex
CREATE INDEX "rule_run_transaction_id_idx" ON "rule_run"("transaction_id");

-- CreateIndex
CREATE UNIQUE INDEX "rule_run_rule_id_source_event_id_key" ON "rule_run"("rule_id", "source_event_id");

-- CreateIndex
CREATE UNIQUE INDEX "rule_run_rule_id_transaction_id_key" ON "rule_run"("rule_id", "transaction_id");

-- CreateIndex
CREATE UNIQUE INDEX "rule_run_part_movement_id_key" ON "rule_run_part"("movement_id");

-- AddForeignKey
ALTER TABLE "rule" ADD CONSTRAINT "rule_pocket_id_owner_id_fkey" FOREIGN KEY ("pocket_id", "owner_id") REFERENCES "pocket_member"("pocket_id", "member_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rule_run" ADD CONSTRAINT "rule_run_rule_id_fkey" FOREIGN KEY ("rule_id") REFERENCES "rule"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "rule_run_part" ADD CONSTRAINT "rule_run_part_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "rule_run"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "rule_period_use" ADD CONSTRAINT "rule_period_use_rule_id_fkey" FOREIGN KEY ("rule_id") REFERENCES "rule"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "rule_run_part" ADD CONSTRAINT "rule_run_part_movement_id_fkey" FOREIGN KEY ("movement_id") REFERENCES "ledger_transaction"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.
--
-- Rules put money from a member's wallet into pockets by themselves. Every event of a rule, an occurrence of its calendar or a
-- transaction at the bank, becomes one row of rule_run, which its keys let stand once; run_rule decides a row and books in the same
-- transaction, once. So replays, twins and crashes move nothing twice. Accounts are locked before rules, as everywhere.

ALTER TABLE rule
  ADD CONSTRAINT rule_kind CHECK (kind IN ('recurring', 'surplus', 'round_up', 'percent_of_income', 'split', 'waterfall')),
  ADD CONSTRAINT rule_every CHECK (every IN ('week', 'fortnight', 'month')),
  ADD CONSTRAINT rule_day CHECK (day BETWEEN 1 AND CASE every WHEN 'month' THEN 31 ELSE 7 END),
  ADD CONSTRAINT rule_calendar CHECK (
    (kind IN ('recurring', 'surplus')) = (every IS NOT NULL) AND (every IS NOT NULL) = (day IS NOT NULL)
    AND (every IS NOT NULL) = (next_on IS NOT NULL) AND (every IS NOT NULL) = (next_at IS NOT NULL)),
  ADD CONSTRAINT rule_priority CHECK (priority BETWEEN 1 AND 100);
ALTER TABLE rule_run
  ADD CONSTRAINT rule_run_status CHECK (status IN ('due', 'booked', 'skipped')),
  ADD CONSTRAINT rule_run_decided CHECK ((status = 'due') = (done_at IS NULL) AND (status = 'skipped') = (code IS NOT NULL)),
  ADD CONSTRAINT rule_run_basis CHECK (basis_minor > 0);
ALTER TABLE rule_run_part
  ADD CONSTRAINT rule_run_part_amount CHECK (amount_minor > 0);
ALTER TABLE ledger_transaction
  DROP CONSTRAINT ledger_transaction_source,
  ADD CONSTRAINT ledger_transaction_source CHECK (source IN ('person', 'provider', 'seed', 'rule'));
CREATE INDEX rule_coming ON rule (next_at) WHERE ended_at IS NULL;
CREATE INDEX rule_run_waiting ON rule_run (due_at) WHERE status = 'due';
CREATE INDEX rule_run_of_rule_waiting ON rule_run (rule_id) WHERE status = 'due';
CREATE INDEX rule_run_skipped ON rule_run (rule_id, occurred_on) WHERE status = 'skipped';

CREATE FUNCTION most_rules() RETURNS integer LANGUAGE sql IMMUTABLE RETURN 20;

-- Calendar: a day of the month, or its last where it is too short.
CREATE FUNCTION day_of_month(month date, day integer) RETURNS date LANGUAGE sql IMMUTABLE
RETURN least(
  date_trunc('month', month::timestamp)::date + day - 1,
  (date_trunc('month', month::timestamp) + interval '1 month - 1 day')::date);

-- The first occurrence after a day. A fortnight counts from `first_on`; where there is none yet, its first is that of the week.
CREATE FUNCTION occurrence_after(every text, day integer, first_on date, after date) RETURNS date LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN every = 'month' AND day_of_month(after, day) > after THEN day_of_month(after, day)
  WHEN every = 'month' THEN day_of_month((date_trunc('month', after::timestamp) + interval '1 month')::date, day)
  WHEN every = 'fortnight' AND first_on > after THEN first_on
  WHEN every = 'fortnight' AND first_on IS NOT NULL THEN first_on + 14 * ((after - first_on) / 14 + 1)
  ELSE after + 1 + (day - extract(isodow FROM after)::integer + 6) % 7
END;

CREATE FUNCTION day_in(zone text, at timestamptz) RETURNS date LANGUAGE sql STABLE RETURN (at AT TIME ZONE zone)::date;

-- The moment at which a day begins; where midnight does not exist, the first one that does.
CREATE FUNCTION beginning_of(on_day date, zone text) RETURNS timestamptz LANGUAGE sql STABLE RETURN on_day::timestamp AT TIME ZONE zone;

CREATE FUNCTION is_time_zone(zone text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM beginning_of('2000-01-01', zone);
  RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN false;
END $$;

-- Divides a total by weights into whole parts that sum to it: rounded down, and what is left goes, one each, to the largest
-- remainders; of equal ones to the first.
CREATE FUNCTION largest_remainder(total bigint, weights bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
  WITH part AS (
    SELECT place, div(total::numeric * weight, all_weights) AS whole, mod(total::numeric * weight, all_weights) AS rest
    FROM unnest(weights) WITH ORDINALITY AS given (weight, place), (SELECT sum(weight) AS all_weights FROM unnest(weights) AS weight) summed
  )
  SELECT array_agg(amount ORDER BY place) FROM (
    SELECT place, (whole + CASE WHEN row_number() OVER (ORDER BY rest DESC, place) <= total - sum(whole) OVER () THEN 1 ELSE 0 END)::bigint AS amount
    FROM part
  ) given
$$;

-- A rule as its owner sees it.
CREATE FUNCTION rule_of(rule_id uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('id', r.id, 'pocketId', r.pocket_id, 'ownerId', r.owner_id, 'kind', r.kind, 'currency', r.currency,
    'settings', r.settings, 'caps', r.caps, 'priority', r.priority, 'timeZone', r.time_zone, 'every', r.every, 'day', r.day,
    'nextOn', r.next_on, 'pausedUntil', r.paused_until, 'version', r.version, 'createdAt', r.created_at, 'updatedAt', r.updated_at)
  FROM rule r WHERE r.id = rule_of.rule_id;
END;

CREATE FUNCTION rule_run_of(run_id uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('id', run.id, 'ruleId', run.rule_id, 'pocketId', r.pocket_id, 'kind', r.kind, 'currency', r.currency,
    'status', run.status, 'code', run.code, 'limit', run.limit_name, 'transactionId', run.transaction_id, 'basisMinor', run.basis_minor,
    'occurredOn', run.occurred_on, 'amountMinor', run.amount_minor, 'doneAt', run.done_at,
    'parts', (SELECT coalesce(jsonb_agg(jsonb_build_object('pocketId', part.pocket_id, 'amountMinor', part.amount_minor,
      'movementId', part.movement_id) ORDER BY part.movement_id), '[]') FROM rule_run_part part WHERE part.run_id = run.id))
  FROM rule_run run JOIN rule r ON r.id = run.rule_id WHERE run.id = rule_run_of.run_id;
END;

-- Both ends of a movement that a rule made find each other.
CREATE OR REPLACE VIEW movement_facts AS
SELECT e.transaction_id AS id, e.account_id AS "pocketId", e.owner_id AS "ownerId", e.seq, t.kind, t.source, t.note, e.currency,
  e.amount_minor AS "amountMinor", e.balance_after_minor AS "balanceAfterMinor", t.booked_at AS "createdAt", t.reverses_id AS "reversesId",
  (SELECT r.id FROM ledger_transaction r WHERE r.reverses_id = t.id) AS "reversedById",
  (SELECT o.account_id FROM ledger_entry o JOIN pocket other ON other.id = o.account_id
   WHERE o.transaction_id = t.id AND o.account_id <> e.account_id) AS "otherPocketId",
  t.owner_id AS "memberId", run.rule_id AS "ruleId", run.transaction_id AS "transactionId"
FROM ledger_entry e JOIN pocket p ON p.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id
  LEFT JOIN rule_run_part part ON part.movement_id = t.id LEFT JOIN rule_run run ON run.id = part.run_id;

-- The pockets that a rule may put money into: those that its settings name, else the one it belongs to.
CREATE FUNCTION pockets_of_rule(home uuid, settings jsonb) RETURNS uuid[] LANGUAGE sql IMMUTABLE
RETURN (
  SELECT array_agg(DISTINCT named ORDER BY named) FROM (
    SELECT home AS named
    UNION ALL SELECT (part ->> 'pocketId')::uuid FROM jsonb_array_elements(settings -> 'parts') part
    UNION ALL SELECT id::uuid FROM jsonb_array_elements_text(settings -> 'pocketIds') id
  ) pocket);

-- The bank accounts that settings and caps name.
CREATE FUNCTION accounts_of_rule(settings jsonb, caps jsonb) RETURNS uuid[] LANGUAGE sql IMMUTABLE
RETURN (
  SELECT coalesce(array_agg(DISTINCT named), '{}') FROM (
    SELECT (settings ->> 'accountId')::uuid AS named
    UNION ALL SELECT (caps ->> 'minRemainingAccountId')::uuid
    UNION ALL SELECT id::uuid FROM jsonb_array_elements_text(settings -> 'accountIds') id
  ) account WHERE named IS NOT NULL);

-- Why a rule cannot be as it is wanted, its pockets' accounts locked; null when it can.
CREATE FUNCTION refuse_rule(person uuid, money text, pockets uuid[], banks uuid[], zone text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  named uuid;
  reply jsonb;
BEGIN
  FOREACH named IN ARRAY pockets LOOP
    reply := refuse_member(named, person, false);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    IF EXISTS (SELECT FROM pocket WHERE id = named AND closed_at IS NOT NULL) THEN RETURN refuse('pocket_closed'); END IF;
  END LOOP;
  IF (SELECT count(*) FROM bank_account WHERE owner_id = person AND id = ANY (banks)) < cardinality(banks) THEN RETURN refuse('not_found'); END IF;
  IF EXISTS (SELECT FROM pocket WHERE id = ANY (pockets) AND currency <> money)
    OR EXISTS (SELECT FROM bank_account WHERE owner_id = person AND id = ANY (banks) AND currency <> money)
  THEN RETURN refuse('fx_not_supported'); END IF;
  IF NOT is_time_zone(zone) THEN RETURN refuse('time_zone_unknown'); END IF;
  RETURN NULL;
END $$;

-- Makes a rule of {ownerId, pocketId, kind, settings, caps, priority, timeZone, every, day, startsOn, pausedUntil, at}, or refuses.
CREATE FUNCTION add_rule(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  home uuid := (request ->> 'pocketId')::uuid;
  zone text := request ->> 'timeZone';
  at timestamptz := (request ->> 'at')::timestamptz;
  money text := (SELECT currency FROM pocket WHERE id = home);
  pockets uuid[] := pockets_of_rule(home, request -> 'settings');
  added uuid := uuidv7();
  today date;
  starts date;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(pockets);
  reply := refuse_rule(person, money, pockets, accounts_of_rule(request -> 'settings', request -> 'caps'), zone);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  today := day_in(zone, at);
  IF (request ->> 'startsOn')::date < today THEN RETURN refuse('starts_on_passed'); END IF;
  IF (SELECT count(*) FROM rule WHERE owner_id = person AND pocket_id = home AND ended_at IS NULL) >= most_rules() THEN
    RETURN refuse('too_many_rules');
  END IF;
  IF request ->> 'every' IS NOT NULL THEN
    starts := occurrence_after(request ->> 'every', (request ->> 'day')::integer, NULL, coalesce((request ->> 'startsOn')::date - 1, today));
  END IF;

  INSERT INTO rule (id, pocket_id, owner_id, kind, currency, pocket_ids, settings, caps, priority, time_zone, every, day, first_on, next_on,
    next_at, paused_until, created_at, updated_at)
  VALUES (added, home, person, request ->> 'kind', money, pockets, request -> 'settings', request -> 'caps', (request ->> 'priority')::smallint,
    zone, request ->> 'every', (request ->> 'day')::smallint, starts, starts, beginning_of(starts, zone),
    (request ->> 'pausedUntil')::timestamptz, at, at);
  RETURN done(201, rule_of(added));
END $$;

-- {key, hash} and what add_rule takes: a new rule.
CREATE FUNCTION create_rule(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  reply jsonb := claim_request(request, 'createRule');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  reply := add_rule(request);
  IF reply ->> 'outcome' = 'refused' THEN RETURN reply; END IF;
  RETURN keep_reply(request, 'createRule', reply);
END $$;

-- {ownerId, pocketId, ruleId, version, settings, caps, priority, timeZone, every, day, pausedUntil, resume, at}: changes what is given, settings
-- one by one; with `version` only on that one. A new calendar counts from today on.
CREATE FUNCTION change_rule(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  turns boolean := request ?| '{every,day,timeZone}';
  present rule%ROWTYPE;
  wanted rule%ROWTYPE;
  reply jsonb;
BEGIN
  SELECT * INTO present FROM rule
  WHERE id = (request ->> 'ruleId')::uuid AND pocket_id = (request ->> 'pocketId')::uuid AND owner_id = person AND ended_at IS NULL;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(pockets_of_rule(present.pocket_id, present.settings || (request -> 'settings')));
  SELECT * INTO present FROM rule WHERE id = present.id AND ended_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF (request ->> 'version')::integer <> present.version THEN RETURN refuse('precondition_failed'); END IF;

  wanted := present;
  wanted.settings := jsonb_strip_nulls(present.settings || (request -> 'settings'));
  wanted.caps := coalesce(request -> 'caps', present.caps);
  wanted.pocket_ids := pockets_of_rule(present.pocket_id, wanted.settings);
  wanted.time_zone := coalesce(request ->> 'timeZone', present.time_zone);
  wanted.every := coalesce(request ->> 'every', present.every);
  wanted.day := coalesce((request ->> 'day')::smallint, present.day);
  reply := refuse_rule(person, present.currency, wanted.pocket_ids, accounts_of_rule(wanted.settings, wanted.caps), wanted.time_zone);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF wanted.every IN ('week', 'fortnight') AND wanted.day > 7 THEN RETURN refuse('rule_setting_unfit'); END IF;
  IF turns AND wanted.every IS NOT NULL THEN
    wanted.first_on := occurrence_after(wanted.every, wanted.day, NULL, day_in(wanted.time_zone, at));
    wanted.next_on := wanted.first_on;
    wanted.next_at := beginning_of(wanted.next_on, wanted.time_zone);
  END IF;

  UPDATE rule SET settings = wanted.settings, caps = wanted.caps, pocket_ids = wanted.pocket_ids, time_zone = wanted.time_zone,
    every = wanted.every, day = wanted.day, first_on = wanted.first_on, next_on = wanted.next_on, next_at = wanted.next_at,
    priority = coalesce((request ->> 'priority')::smallint, priority),
    paused_until = CASE WHEN request ? 'pausedUntil' THEN (request ->> 'pausedUntil')::timestamptz ELSE paused_until END,
    version = version + 1, updated_at = at
  WHERE id = present.id;
  RETURN done(200, rule_of(present.id));
END $$;

-- {ownerId, pocketId, ruleId, at}: it never runs again; its history stays.
CREATE FUNCTION end_rule(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
BEGIN
  UPDATE rule SET ended_at = (request ->> 'at')::timestamptz, version = version + 1
  WHERE id = (request ->> 'ruleId')::uuid AND pocket_id = (request ->> 'pocketId')::uuid AND owner_id = (request ->> 'ownerId')::uuid
    AND ended_at IS NULL;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  RETURN done(204, NULL);
END $$;

-- A rule ends with its owner's membership of the pocket, and with the pocket.
CREATE FUNCTION end_rules_with_membership() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  UPDATE rule SET ended_at = NEW.left_at, version = version + 1
  WHERE pocket_id = NEW.pocket_id AND owner_id = NEW.member_id AND ended_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER rules_end AFTER UPDATE OF left_at ON pocket_member FOR EACH ROW
  WHEN (OLD.left_at IS NULL AND NEW.left_at IS NOT NULL) EXECUTE FUNCTION end_rules_with_membership();

CREATE FUNCTION end_rules_with_pocket() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  UPDATE rule SET ended_at = NEW.closed_at, version = version + 1 WHERE pocket_id = NEW.id AND ended_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER rules_end AFTER UPDATE OF closed_at ON pocket FOR EACH ROW
  WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION end_rules_with_pocket();

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON rule, rule_run, rule_run_part, rule_period_use FROM financial;
REVOKE EXECUTE ON FUNCTION refuse_rule, add_rule, end_rules_with_membership, end_rules_with_pocket FROM PUBLIC, financial;
