-- How rules run: events open rows of rule_run, one job a person decides them one by one.

-- Opens the run of an event, unless there is one: of this event, or of this transaction under another id.
CREATE FUNCTION open_rule_run(of_rule uuid, event text, of_transaction uuid, basis bigint, on_day date, due timestamptz)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  opened uuid;
BEGIN
  INSERT INTO rule_run (id, rule_id, source_event_id, transaction_id, basis_minor, occurred_on, due_at)
  VALUES (uuidv7(), of_rule, event, of_transaction, basis, on_day, due)
  ON CONFLICT DO NOTHING RETURNING id INTO opened;
  RETURN opened;
END $$;

-- Leaves the job that decides a person's open runs; one that waits already is enough.
CREATE FUNCTION ask_rule_runs(person uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM financial_jobs.add_job('runRules', json_build_object('personId', person), job_key => 'runRules:' || person);
END $$;

-- Opens the occurrences that have come, each once and in order, of at most `at_most` rules; what falls into a pause is passed over.
-- Asks again for what has waited since before `older_than`, whatever became of its job. Answers how many rules had one.
CREATE FUNCTION open_due_rules(at timestamptz, older_than timestamptz, at_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  coming rule%ROWTYPE;
  found_due integer := 0;
BEGIN
  FOR coming IN
    SELECT * FROM rule WHERE next_at <= at AND ended_at IS NULL ORDER BY next_at LIMIT at_most FOR UPDATE SKIP LOCKED
  LOOP
    -- After a long pause of the worker there may be many: the next call goes on with the rest.
    FOR turn IN 1..60 LOOP
      EXIT WHEN coming.next_at > at;
      IF coming.paused_until IS NULL OR coming.paused_until <= coming.next_at THEN
        PERFORM open_rule_run(coming.id, coming.next_on::text, NULL, NULL, coming.next_on, coming.next_at);
      END IF;
      coming.next_on := occurrence_after(coming.every, coming.day, coming.first_on, coming.next_on);
      coming.next_at := beginning_of(coming.next_on, coming.time_zone);
    END LOOP;
    UPDATE rule SET next_on = coming.next_on, next_at = coming.next_at WHERE id = coming.id;
    PERFORM ask_rule_runs(coming.owner_id);
    found_due := found_due + 1;
  END LOOP;
  PERFORM ask_rule_runs(waiting.owner_id) FROM (
    SELECT DISTINCT owner_id FROM (
      SELECT rule_id FROM rule_run WHERE status = 'due' AND due_at < older_than ORDER BY due_at LIMIT at_most
    ) old JOIN rule ON rule.id = old.rule_id
  ) waiting;
  RETURN found_due;
END $$;

-- {personId, transactions: [{id, pendingId, accountId, amountMinor, currency, kind, bookedOn, possibleDuplicate}], at}: what a
-- person's bank has posted. Opens a run for each rule that waits for it. A possible duplicate opens none, and neither does what was
-- booked before the rule was made. News of an erased person is dropped.
CREATE FUNCTION note_bank_transactions(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'personId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  opened bigint;
BEGIN
  IF NOT hold_person(person) THEN RETURN done(204, NULL); END IF;
  SELECT count(open_rule_run(matching.id, event, transaction_id, basis, on_day, due)) INTO opened FROM (
    SELECT rule.id, coalesce(news ->> 'pendingId', news ->> 'id') AS event, (news ->> 'id')::uuid AS transaction_id,
      abs((news ->> 'amountMinor')::bigint) AS basis, day_in(rule.time_zone, at) AS on_day, at + place * interval '1 ms' AS due
    FROM jsonb_array_elements(request -> 'transactions') WITH ORDINALITY AS told (news, place) JOIN rule ON rule.owner_id = person
    WHERE rule.ended_at IS NULL AND (rule.paused_until IS NULL OR rule.paused_until <= at)
      AND rule.kind = ANY (CASE news ->> 'kind' WHEN 'spend' THEN '{round_up}'::text[] ELSE '{percent_of_income,split,waterfall}' END)
      AND rule.currency = (news ->> 'currency')::char(3)
      AND (rule.settings -> 'accountIds' IS NULL OR rule.settings -> 'accountIds' ? (news ->> 'accountId'))
      AND (news ->> 'bookedOn')::date >= day_in(rule.time_zone, rule.created_at)
      AND (news ->> 'amountMinor')::bigint <> 0 AND (news ->> 'possibleDuplicate')::boolean IS NOT TRUE
    ORDER BY place, rule.priority, rule.created_at, rule.id
  ) matching;
  IF opened > 0 THEN PERFORM ask_rule_runs(person); END IF;
  RETURN done(204, NULL);
END $$;

-- What is free in a wallet, or in a bank account as flagship told it within the last two days; null when that is not known.
CREATE FUNCTION free_money(person uuid, money text, bank uuid, as_told_by timestamptz) RETURNS bigint LANGUAGE sql STABLE
RETURN CASE
  WHEN bank IS NULL THEN coalesce((
    SELECT posted_minor - reserved_minor FROM ledger_account WHERE id = find_account(person, 'wallet', money)), 0)
  ELSE (
    SELECT coalesce(available_minor, balance_minor) FROM bank_account
    WHERE owner_id = person AND id = bank AND status IN ('active', 'expiring') AND as_of > as_told_by - interval '2 days')
END;

-- What an event is worth by its rule, before it is divided; null when the balance that it depends on is not known.
CREATE FUNCTION rule_sum(owned rule, basis bigint, as_told_by timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  step bigint := (owned.settings ->> 'toMinor')::bigint;
  held bigint;
BEGIN
  CASE owned.kind
    WHEN 'recurring' THEN RETURN (owned.settings ->> 'amountMinor')::bigint;
    WHEN 'surplus' THEN
      held := free_money(owned.owner_id, owned.currency, (owned.settings ->> 'accountId')::uuid, as_told_by);
      RETURN CASE WHEN held IS NOT NULL THEN greatest(held - (owned.settings ->> 'aboveMinor')::bigint, 0) END;
    WHEN 'round_up' THEN RETURN (step - basis % step) % step * (owned.settings ->> 'multiplier')::bigint;
    WHEN 'split' THEN
      RETURN basis * (SELECT sum((part ->> 'percent')::bigint) FROM jsonb_array_elements(owned.settings -> 'parts') part)::bigint / 100;
    ELSE RETURN basis * (owned.settings ->> 'percent')::bigint / 100;
  END CASE;
END $$;

-- Where a sum goes: to the one pocket; divided by the weights of a split; in a waterfall to each pocket up to its target, the next one
-- getting what is left, and one without a target all of it. The accounts are locked.
CREATE FUNCTION rule_parts(owned rule, total bigint) RETURNS TABLE (pocket uuid, amount bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
  rest bigint := total;
BEGIN
  CASE owned.kind
    WHEN 'split' THEN
      RETURN QUERY SELECT given.id, given.part
      FROM unnest(
        (SELECT array_agg((named ->> 'pocketId')::uuid ORDER BY place) FROM jsonb_array_elements(owned.settings -> 'parts') WITH ORDINALITY AS part (named, place)),
        largest_remainder(total, (SELECT array_agg((named ->> 'percent')::bigint ORDER BY place)
          FROM jsonb_array_elements(owned.settings -> 'parts') WITH ORDINALITY AS part (named, place)))) AS given (id, part)
      WHERE given.part > 0;
    WHEN 'waterfall' THEN
      FOR pocket, amount IN
        SELECT account.id, greatest(coalesce(goal.target_minor - account.posted_minor, total), 0)
        FROM jsonb_array_elements_text(owned.settings -> 'pocketIds') WITH ORDINALITY AS named (id, place)
          JOIN pocket goal ON goal.id = named.id::uuid AND goal.closed_at IS NULL JOIN ledger_account account ON account.id = goal.id
        ORDER BY place
      LOOP
        amount := least(amount, rest);
        rest := rest - amount;
        IF amount > 0 THEN RETURN NEXT; END IF;
      END LOOP;
    ELSE
      IF total > 0 THEN RETURN QUERY SELECT owned.pocket_id, total; END IF;
  END CASE;
END $$;

CREATE FUNCTION period_beginning(period text, on_day date) RETURNS date LANGUAGE sql IMMUTABLE
RETURN date_trunc(period, on_day::timestamp)::date;

-- Why a rule's caps forbid a sum: {code, limit}; null when they do not.
CREATE FUNCTION refuse_by_caps(owned rule, total bigint, on_day date, as_told_by timestamptz) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  bank uuid := (owned.caps ->> 'minRemainingAccountId')::uuid;
  used bigint;
  held bigint;
BEGIN
  IF total > (owned.caps ->> 'maxPerRunMinor')::bigint THEN RETURN jsonb_build_object('code', 'cap_reached', 'limit', 'maxPerRun'); END IF;
  IF owned.caps ? 'maxPerPeriodMinor' THEN
    SELECT used_minor INTO used FROM rule_period_use
    WHERE rule_id = owned.id AND period = owned.caps ->> 'period' AND starts_on = period_beginning(owned.caps ->> 'period', on_day);
    IF coalesce(used, 0) + total > (owned.caps ->> 'maxPerPeriodMinor')::bigint THEN
      RETURN jsonb_build_object('code', 'cap_reached', 'limit', 'maxPerPeriod');
    END IF;
  END IF;
  IF owned.caps ? 'minRemainingMinor' THEN
    held := free_money(owned.owner_id, owned.currency, bank, as_told_by) - CASE WHEN bank IS NULL THEN total ELSE 0 END;
    IF held IS NULL THEN RETURN jsonb_build_object('code', 'balance_unknown', 'limit', 'minRemaining'); END IF;
    IF held < (owned.caps ->> 'minRemainingMinor')::bigint THEN RETURN jsonb_build_object('code', 'min_remaining', 'limit', 'minRemaining'); END IF;
  END IF;
  RETURN NULL;
END $$;

-- Moves every part from the owner's wallet, by the function that moves money for people, or none: null when done, else the code under
-- which one was refused.
CREATE FUNCTION book_rule_run(owned rule, of_run uuid, total bigint, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  part record;
  moved jsonb;
  refusal text;
BEGIN
  BEGIN
    FOR part IN SELECT * FROM rule_parts(owned, total) LOOP
      moved := move_money(jsonb_build_object('ownerId', owned.owner_id, 'amountMinor', part.amount, 'currency', owned.currency,
        'source', 'rule', 'at', at), 'runRule', 'contribution', NULL, part.pocket);
      IF moved ->> 'outcome' = 'refused' THEN
        refusal := moved ->> 'code';
        RAISE EXCEPTION 'a part was refused' USING ERRCODE = 'RUNUP';
      END IF;
      INSERT INTO rule_run_part (run_id, pocket_id, amount_minor, movement_id)
      VALUES (of_run, part.pocket, part.amount, (moved #>> '{body,id}')::uuid);
    END LOOP;
  EXCEPTION WHEN SQLSTATE 'RUNUP' THEN
    NULL;
  END;
  RETURN refusal;
END $$;

-- Decides an open run, once: books it, or skips it with the reason, which the person hears of unless it is in the nature of the rule,
-- and once a day for the same reason. Balances of banks are judged by their age at `as_told_by`.
CREATE FUNCTION run_rule(run_id uuid, at timestamptz, as_told_by timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  run rule_run%ROWTYPE;
  owned rule%ROWTYPE;
  total bigint;
  verdict jsonb;
BEGIN
  SELECT rule.* INTO STRICT owned FROM rule_run JOIN rule ON rule.id = rule_id WHERE rule_run.id = run_id;
  PERFORM lock_accounts(owned.pocket_ids || find_account(owned.owner_id, 'wallet', owned.currency));
  SELECT * INTO STRICT owned FROM rule WHERE id = owned.id FOR UPDATE;
  SELECT * INTO STRICT run FROM rule_run WHERE id = run_id FOR UPDATE;
  IF run.status <> 'due' THEN RETURN rule_run_of(run_id); END IF;

  IF owned.ended_at IS NOT NULL THEN
    verdict := '{"code": "rule_ended"}';
  ELSIF owned.paused_until > at THEN
    verdict := '{"code": "rule_paused"}';
  ELSE
    total := rule_sum(owned, run.basis_minor, as_told_by);
    IF owned.kind = 'waterfall' THEN total := coalesce((SELECT sum(amount) FROM rule_parts(owned, total)), 0); END IF;
    verdict := CASE WHEN total IS NULL THEN '{"code": "balance_unknown"}'::jsonb
      WHEN total = 0 THEN '{"code": "nothing_to_save"}'
      ELSE refuse_by_caps(owned, total, run.occurred_on, as_told_by) END;
    IF verdict IS NULL THEN
      verdict := jsonb_build_object('code', book_rule_run(owned, run.id, total, at));
    END IF;
  END IF;
  PERFORM close_rule_run(owned, run, total, verdict, at);
  RETURN rule_run_of(run_id);
END $$;

CREATE FUNCTION close_rule_run(owned rule, run rule_run, total bigint, verdict jsonb, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  reason text := verdict ->> 'code';
BEGIN
  IF reason IS NULL THEN
    INSERT INTO rule_period_use (rule_id, period, starts_on, used_minor)
    SELECT owned.id, period, period_beginning(period, run.occurred_on), total FROM unnest('{day,week,month}'::text[]) AS period
    ON CONFLICT (rule_id, period, starts_on) DO UPDATE SET used_minor = rule_period_use.used_minor + excluded.used_minor;
  ELSIF reason NOT IN ('nothing_to_save', 'rule_paused', 'rule_ended') AND NOT EXISTS (
    SELECT FROM rule_run WHERE rule_id = owned.id AND occurred_on = run.occurred_on AND status = 'skipped' AND code = reason
  ) THEN
    PERFORM tell_person(owned.owner_id, 'rule_skipped', 'rule', owned.id);
  END IF;
  UPDATE rule_run SET status = CASE WHEN reason IS NULL THEN 'booked' ELSE 'skipped' END, code = reason, limit_name = verdict ->> 'limit',
    amount_minor = total, done_at = at
  WHERE id = run.id;
END $$;

-- {personId, at}: decides the person's next open run; 204 when there is none. One after another for a person, in the order of events
-- and then of priorities, so that it is no accident which rule gets the money that is there.
CREATE FUNCTION run_next_rule(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'personId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  next_run uuid;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('rules ' || person, 0));
  SELECT run.id INTO next_run FROM rule JOIN rule_run run ON run.rule_id = rule.id AND run.status = 'due'
  WHERE rule.owner_id = person ORDER BY run.due_at, rule.priority, rule.created_at, rule.id LIMIT 1;
  IF next_run IS NULL THEN RETURN done(204, NULL); END IF;
  RETURN done(200, run_rule(next_run, at, at));
END $$;

-- {examples} and what add_rule takes: what the next three runs of such a rule would do with the money that is there now. It does what
-- it says, and undoes it: nothing is kept. Where transactions start the rule, the examples are their sums.
CREATE FUNCTION preview_rule(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  at timestamptz := (request ->> 'at')::timestamptz;
  tried rule%ROWTYPE;
  on_day date;
  runs jsonb := '[]';
  reply jsonb;
BEGIN
  BEGIN
    reply := add_rule(request);
    IF reply ->> 'outcome' = 'done' THEN
      SELECT * INTO STRICT tried FROM rule WHERE id = (reply #>> '{body,id}')::uuid;
      on_day := tried.next_on;
      -- What falls into a pause does not run.
      IF beginning_of(on_day, tried.time_zone) < tried.paused_until THEN
        on_day := occurrence_after(tried.every, tried.day, tried.first_on, day_in(tried.time_zone, tried.paused_until - interval '1 ms'));
      END IF;
      UPDATE rule SET paused_until = NULL WHERE id = tried.id;
      FOR turn IN 1..3 LOOP
        runs := runs || run_rule(
          open_rule_run(tried.id, 'preview ' || turn, NULL, (request -> 'examples' ->> turn - 1)::bigint, coalesce(on_day, day_in(tried.time_zone, at)), at),
          greatest(at, beginning_of(on_day, tried.time_zone)), at);
        on_day := occurrence_after(tried.every, tried.day, tried.first_on, on_day);
      END LOOP;
    END IF;
    RAISE EXCEPTION 'only tried' USING ERRCODE = 'UNDOX';
  EXCEPTION WHEN SQLSTATE 'UNDOX' THEN
    NULL;
  END;
  IF reply ->> 'outcome' = 'refused' THEN RETURN reply; END IF;
  RETURN done(200, jsonb_build_object('rule', reply -> 'body', 'runs', runs));
END $$;

-- What a person's rules with a calendar will take from their wallet from a moment up to another, as far as the sum is known.
CREATE FUNCTION coming_rule_sums(person uuid, from_time timestamptz, until_time timestamptz)
RETURNS TABLE (rule_id uuid, pocket_id uuid, on_day date, amount_minor bigint, currency text) LANGUAGE sql STABLE AS $$
  WITH RECURSIVE coming AS (
    SELECT rule.id, rule.next_on AS on_day FROM rule
    WHERE owner_id = person AND kind = 'recurring' AND ended_at IS NULL AND next_at < until_time
    UNION ALL
    SELECT coming.id, following.on_day FROM coming JOIN rule ON rule.id = coming.id,
      LATERAL (SELECT occurrence_after(rule.every, rule.day, rule.first_on, coming.on_day) AS on_day) following
    WHERE beginning_of(following.on_day, rule.time_zone) < until_time
  )
  SELECT rule.id, rule.pocket_id, coming.on_day, (rule.settings ->> 'amountMinor')::bigint, rule.currency::text
  FROM coming JOIN rule ON rule.id = coming.id
  WHERE beginning_of(coming.on_day, rule.time_zone) >= greatest(from_time, rule.paused_until)
  ORDER BY coming.on_day, rule.priority, rule.id
$$;

REVOKE EXECUTE ON FUNCTION open_rule_run, ask_rule_runs, book_rule_run, run_rule, close_rule_run FROM PUBLIC, financial;
