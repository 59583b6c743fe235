-- The ids in rules are compared as text: they are kept in small letters, as every request brings them now. What was named twice by
-- them was one thing: parts of a split count together, and so no run of theirs fails any more.
UPDATE rule SET
  settings = settings || jsonb_strip_nulls(jsonb_build_object(
    'accountId', lower(settings ->> 'accountId'),
    'accountIds', (SELECT jsonb_agg(id ORDER BY place) FROM (
      SELECT lower(named) AS id, min(place) AS place
      FROM jsonb_array_elements_text(settings -> 'accountIds') WITH ORDINALITY AS account (named, place) GROUP BY lower(named)) once),
    'pocketIds', (SELECT jsonb_agg(id ORDER BY place) FROM (
      SELECT lower(named) AS id, min(place) AS place
      FROM jsonb_array_elements_text(settings -> 'pocketIds') WITH ORDINALITY AS pocket (named, place) GROUP BY lower(named)) once),
    'parts', (SELECT jsonb_agg(jsonb_build_object('pocketId', id, 'percent', percent) ORDER BY place) FROM (
      SELECT lower(named ->> 'pocketId') AS id, sum((named ->> 'percent')::integer) AS percent, min(place) AS place
      FROM jsonb_array_elements(settings -> 'parts') WITH ORDINALITY AS part (named, place) GROUP BY lower(named ->> 'pocketId')) once))),
  caps = caps || jsonb_strip_nulls(jsonb_build_object('minRemainingAccountId', lower(caps ->> 'minRemainingAccountId'))),
  version = version + 1
WHERE settings::text || caps::text ~ '"[0-9a-fA-F-]*[A-F][0-9a-fA-F-]*"';

-- A pause beyond the years that can be written lasts as long as it may.
UPDATE rule SET paused_until = '9999-12-31T00:00:00Z', version = version + 1 WHERE paused_until > '9999-12-31T23:59:59Z';

-- What is free in a wallet, or in a bank account as flagship told it within the last two days; null when that is not known. A card
-- or a loan lends money, which nobody holds.
CREATE OR REPLACE FUNCTION free_money(person uuid, money text, bank uuid, as_told_by timestamptz) RETURNS bigint LANGUAGE sql STABLE
RETURN CASE
  WHEN bank IS NULL THEN coalesce((
    SELECT posted_minor - reserved_minor FROM ledger_account WHERE id = find_account(person, 'wallet', money)), 0)
  ELSE (
    SELECT coalesce(available_minor, balance_minor) FROM bank_account
    WHERE owner_id = person AND id = bank AND kind NOT IN ('card', 'loan') AND status IN ('active', 'expiring')
      AND as_of > as_told_by - interval '2 days')
END;

-- Why a rule cannot go by what a bank account holds; null when it can.
CREATE FUNCTION refuse_lent(person uuid, settings jsonb, caps jsonb) RETURNS jsonb LANGUAGE sql STABLE
RETURN CASE WHEN EXISTS (
  SELECT FROM bank_account
  WHERE owner_id = person AND id IN ((settings ->> 'accountId')::uuid, (caps ->> 'minRemainingAccountId')::uuid) AND kind IN ('card', 'loan')
) THEN refuse('rule_setting_unfit', 'A card or a loan holds no money.') END;

-- Why a rule cannot name what it is to name, those pockets' accounts locked; null when it can.
CREATE OR REPLACE FUNCTION refuse_rule(person uuid, money text, pockets uuid[], banks uuid[], zone text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  named uuid;
  reply jsonb;
BEGIN
  FOREACH named IN ARRAY pockets LOOP
    reply := refuse_member(named, person, false);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    IF EXISTS (SELECT FROM pocket WHERE id = named AND closed_at IS NOT NULL) THEN RETURN refuse('pocket_closed'); END IF;
  END LOOP;
  IF (SELECT count(*) FROM bank_account WHERE owner_id = person AND id = ANY (banks)) < cardinality(banks) THEN
    RETURN refuse('not_found', 'There is no such bank account.');
  END IF;
  IF EXISTS (SELECT FROM pocket WHERE id = ANY (pockets) AND currency <> money)
    OR EXISTS (SELECT FROM bank_account WHERE owner_id = person AND id = ANY (banks) AND currency <> money)
  THEN RETURN refuse('fx_not_supported'); END IF;
  IF NOT is_time_zone(zone) THEN RETURN refuse('time_zone_unknown'); END IF;
  RETURN NULL;
END $$;

-- Makes a rule of {ownerId, pocketId, kind, settings, caps, priority, timeZone, every, day, startsOn, pausedUntil, at}, or refuses.
CREATE OR REPLACE FUNCTION add_rule(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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
  reply := coalesce(refuse_rule(person, money, pockets, accounts_of_rule(request -> 'settings', request -> 'caps'), zone),
    refuse_lent(person, request -> 'settings', request -> 'caps'));
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

-- {ownerId, pocketId, ruleId, version, settings, caps, priority, timeZone, every, day, pausedUntil, at}: changes what is given, settings
-- one by one; with `version` only on that one. Only what is given has to be there: a rule is paused whatever has become of the rest.
-- A new calendar counts from tomorrow; in another time zone the next day stays, and begins at its midnight.
CREATE OR REPLACE FUNCTION change_rule(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  named jsonb := jsonb_strip_nulls(request -> 'settings');
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
  reply := coalesce(
    refuse_rule(person, present.currency, array_remove(pockets_of_rule(NULL, named), NULL), accounts_of_rule(named, request -> 'caps'),
      request ->> 'timeZone'),
    refuse_lent(person, named, request -> 'caps'));
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF wanted.every IN ('week', 'fortnight') AND wanted.day > 7 THEN RETURN refuse('rule_setting_unfit'); END IF;
  IF (wanted.every, wanted.day) IS DISTINCT FROM (present.every, present.day) THEN
    wanted.first_on := occurrence_after(wanted.every, wanted.day, NULL, day_in(wanted.time_zone, at));
    wanted.next_on := wanted.first_on;
  END IF;
  wanted.next_at := beginning_of(wanted.next_on, wanted.time_zone);

  UPDATE rule SET settings = wanted.settings, caps = wanted.caps, pocket_ids = wanted.pocket_ids, time_zone = wanted.time_zone,
    every = wanted.every, day = wanted.day, first_on = wanted.first_on, next_on = wanted.next_on, next_at = wanted.next_at,
    priority = coalesce((request ->> 'priority')::smallint, priority),
    paused_until = CASE WHEN request ? 'pausedUntil' THEN (request ->> 'pausedUntil')::timestamptz ELSE paused_until END,
    version = version + 1, updated_at = at
  WHERE id = present.id;
  RETURN done(200, rule_of(present.id));
END $$;

-- {personId, passed, at}: decides the person's next open run; 204 when there is none. One after another for a person, in the order of
-- events and then of priorities, so that it is no accident which rule gets the money that is there. A run that cannot be decided, by a
-- fault that would come again, stays open. Who sends `passed`, the runs that they have met so, is told the fault and given the others.
CREATE OR REPLACE FUNCTION run_next_rule(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'personId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  next_run uuid;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('rules ' || person, 0));
  SELECT run.id INTO next_run FROM rule JOIN rule_run run ON run.rule_id = rule.id AND run.status = 'due'
  WHERE rule.owner_id = person AND NOT coalesce(request -> 'passed' ? run.id::text, false)
  ORDER BY run.due_at, rule.priority, rule.created_at, rule.id LIMIT 1;
  IF next_run IS NULL THEN RETURN done(204, NULL); END IF;
  BEGIN
    RETURN done(200, run_rule(next_run, at, at));
  EXCEPTION WHEN data_exception OR integrity_constraint_violation OR plpgsql_error THEN
    IF NOT request ? 'passed' THEN RAISE; END IF;
    RETURN done(200, jsonb_build_object('id', next_run, 'fault', SQLERRM));
  END;
END $$;

REVOKE EXECUTE ON FUNCTION refuse_lent FROM PUBLIC, financial;
