-- What schema.prisma cannot say, as it stands after the last migration. Made by `npm run prisma:migrate -- describe`, for reading.

-- Checks

ALTER TABLE challenge ADD CONSTRAINT challenge_ends CHECK ((ends_at > created_at));
ALTER TABLE challenge ADD CONSTRAINT challenge_kind CHECK ((kind = ANY (ARRAY['percent'::text, 'streak'::text])));
ALTER TABLE challenge_member ADD CONSTRAINT challenge_member_pocket CHECK (((pocket_id IS NULL) OR (joined_at IS NOT NULL)));
ALTER TABLE cover ADD CONSTRAINT cover_cause CHECK (((movement_id IS NOT NULL) OR (approval_id IS NOT NULL)));
ALTER TABLE freeze_decision ADD CONSTRAINT freeze_decision_action CHECK ((action = ANY (ARRAY['freeze'::text, 'lift'::text])));
ALTER TABLE freeze_decision ADD CONSTRAINT freeze_decision_subject_kind CHECK ((subject_kind = ANY (ARRAY['person'::text, 'pocket'::text])));
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_closed_empty CHECK (((status = 'open'::text) OR (posted_minor = 0)));
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_floor CHECK (((kind <> ALL (ARRAY['wallet'::text, 'pocket'::text])) OR (posted_minor >= 0)));
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_incoming CHECK (((incoming_minor = 0) OR ((kind = 'wallet'::text) AND (incoming_minor > 0))));
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_kind CHECK ((kind = ANY (ARRAY['wallet'::text, 'pocket'::text, 'clearing'::text, 'suspense'::text, 'adjustment'::text])));
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_limit CHECK (((kind <> ALL (ARRAY['wallet'::text, 'pocket'::text])) OR ((posted_minor + incoming_minor) <= balance_limit())));
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_reserve CHECK (((reserved_minor = 0) OR ((kind = 'wallet'::text) AND ((reserved_minor >= 0) AND (reserved_minor <= posted_minor)))));
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_status CHECK ((status = ANY (ARRAY['open'::text, 'closed'::text])));
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_amount CHECK ((amount_minor <> 0));
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_seq CHECK ((seq > 0));
ALTER TABLE ledger_transaction ADD CONSTRAINT ledger_transaction_kind CHECK ((kind = ANY (ARRAY['opening'::text, 'contribution'::text, 'pocket_withdrawal'::text, 'pocket_transfer'::text, 'sweep'::text, 'payout'::text, 'reversal'::text, 'deposit'::text, 'withdrawal'::text, 'return'::text, 'opening_balance'::text, 'adjustment'::text, 'refund'::text])));
ALTER TABLE ledger_transaction ADD CONSTRAINT ledger_transaction_source CHECK ((source = ANY (ARRAY['person'::text, 'provider'::text, 'seed'::text, 'rule'::text, 'cover'::text, 'staff'::text])));
ALTER TABLE pocket ADD CONSTRAINT pocket_approvals CHECK (((approvals >= 0) AND (approvals <= 20)));
ALTER TABLE pocket ADD CONSTRAINT pocket_approvals_above CHECK (((approvals_above_minor >= 0) AND (approvals_above_minor <= balance_limit())));
ALTER TABLE pocket ADD CONSTRAINT pocket_goal_derived CHECK ((goal_derived = ANY (ARRAY['targetMinor'::text, 'targetDate'::text, 'monthlyMinor'::text])));
ALTER TABLE pocket ADD CONSTRAINT pocket_image_is_somebodys CHECK (((image_url IS NULL) = (image_by IS NULL)));
ALTER TABLE pocket ADD CONSTRAINT pocket_monthly CHECK (((monthly_minor >= 1) AND (monthly_minor <= balance_limit())));
ALTER TABLE pocket ADD CONSTRAINT pocket_share_amount CHECK (((share_audience IS NOT NULL) OR (NOT share_shows_amount)));
ALTER TABLE pocket ADD CONSTRAINT pocket_share_audience CHECK ((share_audience = ANY (ARRAY['public'::text, 'followers'::text])));
ALTER TABLE pocket ADD CONSTRAINT pocket_target CHECK (((target_minor >= 1) AND (target_minor <= balance_limit())));
ALTER TABLE pocket ADD CONSTRAINT pocket_visibility CHECK ((visibility = 'private'::text));
ALTER TABLE pocket ADD CONSTRAINT pocket_withdraw_who CHECK ((withdraw_who = ANY (ARRAY['owner'::text, 'contributors'::text])));
ALTER TABLE pocket_approval ADD CONSTRAINT pocket_approval_kind CHECK ((kind = ANY (ARRAY['withdrawal'::text, 'transfer'::text, 'policy'::text, 'closing'::text])));
ALTER TABLE pocket_approval ADD CONSTRAINT pocket_approval_status CHECK ((status = ANY (ARRAY['pending'::text, 'executed'::text, 'rejected'::text, 'cancelled'::text])));
ALTER TABLE pocket_guardian ADD CONSTRAINT pocket_guardian_status CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'declined'::text, 'ended'::text])));
ALTER TABLE pocket_invitation ADD CONSTRAINT pocket_invitation_role CHECK ((role = ANY (ARRAY['contributor'::text, 'viewer'::text])));
ALTER TABLE pocket_invitation ADD CONSTRAINT pocket_invitation_status CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'declined'::text, 'withdrawn'::text])));
ALTER TABLE pocket_lock ADD CONSTRAINT pocket_lock_amount CHECK (((until_minor >= 1) AND (until_minor <= balance_limit())));
ALTER TABLE pocket_lock ADD CONSTRAINT pocket_lock_delay CHECK (((delay_hours >= 0) AND (delay_hours <= 720)));
ALTER TABLE pocket_lock ADD CONSTRAINT pocket_lock_lowered CHECK ((((lowered_hours IS NULL) = (lowered_at IS NULL)) AND (lowered_hours < delay_hours)));
ALTER TABLE pocket_lock ADD CONSTRAINT pocket_lock_unlock CHECK (((unlock_by IS NULL) = (unlock_at IS NULL)));
ALTER TABLE pocket_lock ADD CONSTRAINT pocket_lock_waits CHECK (((unlock_waits_for IS NULL) OR (unlock_at IS NOT NULL)));
ALTER TABLE pocket_member ADD CONSTRAINT pocket_member_role CHECK ((role = ANY (ARRAY['owner'::text, 'contributor'::text, 'viewer'::text])));
ALTER TABLE pocket_milestone ADD CONSTRAINT pocket_milestone_percent CHECK ((percent = ANY (ARRAY[25, 50, 75, 100])));
ALTER TABLE recon_break ADD CONSTRAINT recon_break_resolution CHECK (((status = 'resolved'::text) = (decision_id IS NOT NULL)));
ALTER TABLE recon_break ADD CONSTRAINT recon_break_status CHECK ((status = ANY (ARRAY['open'::text, 'cleared'::text, 'resolved'::text])));
ALTER TABLE reconciliation ADD CONSTRAINT reconciliation_days CHECK ((from_date <= to_date));
ALTER TABLE reconciliation ADD CONSTRAINT reconciliation_started_by CHECK ((started_by = ANY (ARRAY['night'::text, 'staff'::text])));
ALTER TABLE reconciliation ADD CONSTRAINT reconciliation_status CHECK ((status = ANY (ARRAY['running'::text, 'clean'::text, 'breaks'::text, 'failed'::text])));
ALTER TABLE rule ADD CONSTRAINT rule_calendar CHECK ((((kind = ANY (ARRAY['recurring'::text, 'surplus'::text])) = (every IS NOT NULL)) AND ((every IS NOT NULL) = (day IS NOT NULL)) AND ((every IS NOT NULL) = (next_on IS NOT NULL)) AND ((every IS NOT NULL) = (next_at IS NOT NULL))));
ALTER TABLE rule ADD CONSTRAINT rule_day CHECK (((day >= 1) AND (day <=
CASE every
    WHEN 'month'::text THEN 31
    ELSE 7
END)));
ALTER TABLE rule ADD CONSTRAINT rule_every CHECK ((every = ANY (ARRAY['week'::text, 'fortnight'::text, 'month'::text])));
ALTER TABLE rule ADD CONSTRAINT rule_kind CHECK ((kind = ANY (ARRAY['recurring'::text, 'surplus'::text, 'round_up'::text, 'percent_of_income'::text, 'split'::text, 'waterfall'::text])));
ALTER TABLE rule ADD CONSTRAINT rule_priority CHECK (((priority >= 1) AND (priority <= 100)));
ALTER TABLE rule_run ADD CONSTRAINT rule_run_basis CHECK ((basis_minor > 0));
ALTER TABLE rule_run ADD CONSTRAINT rule_run_decided CHECK ((((status = 'due'::text) = (done_at IS NULL)) AND ((status = 'skipped'::text) = (code IS NOT NULL))));
ALTER TABLE rule_run ADD CONSTRAINT rule_run_status CHECK ((status = ANY (ARRAY['due'::text, 'booked'::text, 'skipped'::text])));
ALTER TABLE rule_run_part ADD CONSTRAINT rule_run_part_amount CHECK ((amount_minor > 0));
ALTER TABLE transfer ADD CONSTRAINT transfer_amount CHECK (((amount_minor >= 1) AND (amount_minor <= balance_limit())));
ALTER TABLE transfer ADD CONSTRAINT transfer_direction CHECK ((direction = ANY (ARRAY['deposit'::text, 'withdrawal'::text])));
ALTER TABLE transfer ADD CONSTRAINT transfer_status CHECK ((status = ANY (ARRAY['created'::text, 'unknown'::text, 'submitted'::text, 'processing'::text, 'stalled'::text, 'settled'::text, 'failed'::text, 'cancelled'::text, 'returned'::text])));

-- Indexes with a condition, an expression or an operator class

CREATE UNIQUE INDEX cover_in_force ON financial.cover USING btree (origin_id) WHERE (ended_at IS NULL);
CREATE INDEX ledger_account_clearing_idx ON financial.ledger_account USING btree (currency) WHERE (kind = 'clearing'::text);
CREATE INDEX person_preference_hash ON financial.person_preference USING btree (person_hash(person_id));
CREATE UNIQUE INDEX pocket_guardian_present ON financial.pocket_guardian USING btree (pocket_id) WHERE (status <> 'ended'::text);
CREATE UNIQUE INDEX pocket_member_one_owner ON financial.pocket_member USING btree (pocket_id) WHERE ((role = 'owner'::text) AND (left_at IS NULL));
CREATE UNIQUE INDEX recon_break_open ON financial.recon_break USING btree (transfer_id, kind) WHERE (status = 'open'::text);
CREATE UNIQUE INDEX reconciliation_of_night ON financial.reconciliation USING btree (from_date, to_date) WHERE (started_by = 'night'::text);
CREATE INDEX rule_coming ON financial.rule USING btree (next_at) WHERE (ended_at IS NULL);
CREATE INDEX rule_run_of_rule_waiting ON financial.rule_run USING btree (rule_id) WHERE (status = 'due'::text);
CREATE INDEX rule_run_skipped ON financial.rule_run USING btree (rule_id, occurred_on) WHERE (status = 'skipped'::text);
CREATE INDEX rule_run_waiting ON financial.rule_run USING btree (due_at) WHERE (status = 'due'::text);

-- Views

CREATE VIEW movement_facts AS
 SELECT e.transaction_id AS id,
    e.account_id AS "pocketId",
    e.owner_id AS "ownerId",
    e.seq,
    t.kind,
    t.source,
    t.note,
    e.currency,
    e.amount_minor AS "amountMinor",
    e.balance_after_minor AS "balanceAfterMinor",
    t.booked_at AS "createdAt",
    t.reverses_id AS "reversesId",
    ( SELECT r.id
           FROM ledger_transaction r
          WHERE r.reverses_id = t.id) AS "reversedById",
    ( SELECT o.account_id
           FROM ledger_entry o
             JOIN pocket other ON other.id = o.account_id
          WHERE o.transaction_id = t.id AND o.account_id <> e.account_id) AS "otherPocketId",
    t.owner_id AS "memberId",
    run.rule_id AS "ruleId",
    COALESCE(run.transaction_id, cover.transaction_id) AS "transactionId"
   FROM ledger_entry e
     JOIN pocket p ON p.id = e.account_id
     JOIN ledger_transaction t ON t.id = e.transaction_id
     LEFT JOIN rule_run_part part ON part.movement_id = t.id
     LEFT JOIN rule_run run ON run.id = part.run_id
     LEFT JOIN cover ON cover.movement_id = t.id;
CREATE VIEW pocket_facts AS
 SELECT p.id,
    p.owner_id AS "ownerId",
    p.name,
    p.emoji,
    p.currency,
    a.posted_minor AS "balanceMinor",
    a.entry_count AS "entryCount",
    p.target_minor AS "targetMinor",
    p.target_date AS "targetDate",
    p.monthly_minor AS "monthlyMinor",
    p.visibility,
    p.version,
    p.created_at AS "createdAt",
    p.closed_at AS "closedAt",
    ( SELECT COALESCE(jsonb_agg(jsonb_build_object('month', to_char(m.month::timestamp with time zone, 'YYYY-MM'::text), 'netMinor', m.net_minor)), '[]'::jsonb) AS "coalesce"
           FROM ( SELECT pocket_month.month,
                    pocket_month.net_minor
                   FROM pocket_month
                  WHERE pocket_month.pocket_id = p.id
                  ORDER BY pocket_month.month DESC
                 LIMIT 5) m) AS months,
        CASE
            WHEN p.closed_at IS NULL AND p.share_audience IS NOT NULL THEN jsonb_build_object('audience', p.share_audience, 'showAmount', p.share_shows_amount)
            ELSE NULL::jsonb
        END AS shared,
    p.goal_derived AS derived,
    p.image_url AS "imageUrl"
   FROM pocket p
     JOIN ledger_account a ON a.id = p.id;
CREATE VIEW transfer_facts AS
 SELECT id,
    owner_id AS "ownerId",
    direction,
    status,
    bank_account_id AS "accountId",
    amount_minor AS "amountMinor",
    currency,
    reason,
    created_at AS "createdAt",
    updated_at AS "updatedAt",
    value_date AS "valueDate"
   FROM transfer;
CREATE VIEW transfer_in_ledger AS
 SELECT id,
    status,
    amount_minor,
    currency,
    direction,
    value_date,
    return_value_date,
    updated_at,
    COALESCE(( SELECT - sum(e.amount_minor)
           FROM ledger_transaction booked
             JOIN ledger_entry e ON e.transaction_id = booked.id
             JOIN ledger_account a ON a.id = e.account_id AND a.kind = 'clearing'::text
          WHERE booked.transfer_id = t.id), 0::numeric)::bigint AS moved_minor
   FROM transfer t;

-- Triggers

CREATE TRIGGER preferences_are_forgotten AFTER INSERT ON erased_person FOR EACH ROW EXECUTE FUNCTION forget_preferences();
CREATE CONSTRAINT TRIGGER balance_follows_entries_insert AFTER INSERT ON ledger_account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_balance();
CREATE CONSTRAINT TRIGGER balance_follows_entries_update AFTER UPDATE OF posted_minor, entry_count ON ledger_account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_balance();
CREATE TRIGGER identity_fixed BEFORE UPDATE OF id, owner_id, holder_id, kind, currency ON ledger_account FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();
CREATE TRIGGER never_deleted BEFORE DELETE ON ledger_account FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER zero_sum AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_entry();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger_transaction FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();
CREATE TRIGGER cover_ends AFTER INSERT ON ledger_transaction FOR EACH ROW WHEN (new.reverses_id IS NOT NULL) EXECUTE FUNCTION end_cover();
CREATE CONSTRAINT TRIGGER month_edge AFTER INSERT ON ledger_transaction DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.kind <> ALL (ARRAY['opening'::text, 'sweep'::text])) AND date_trunc('month'::text, new.booked_at + '14:00:00'::interval, 'UTC'::text) > date_trunc('month'::text, new.booked_at - '14:00:00'::interval, 'UTC'::text)) EXECUTE FUNCTION note_month_edge();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger_transaction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE CONSTRAINT TRIGGER zero_sum AFTER INSERT ON ledger_transaction DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_transaction();
CREATE TRIGGER goal_cycle_begins BEFORE UPDATE OF target_minor ON pocket FOR EACH ROW WHEN (old.target_minor IS DISTINCT FROM new.target_minor) EXECUTE FUNCTION begin_goal_cycle();
CREATE TRIGGER picture_goes BEFORE UPDATE OF owner_id, closed_at ON pocket FOR EACH ROW WHEN (new.image_by IS NOT NULL AND (new.closed_at IS NOT NULL OR new.owner_id <> new.image_by)) EXECUTE FUNCTION let_picture_go();
CREATE TRIGGER rules_end AFTER UPDATE OF closed_at ON pocket FOR EACH ROW WHEN (old.closed_at IS NULL AND new.closed_at IS NOT NULL) EXECUTE FUNCTION end_rules_with_pocket();
CREATE TRIGGER scores_are_kept BEFORE UPDATE OF target_minor, owner_id ON pocket FOR EACH ROW WHEN (old.target_minor IS DISTINCT FROM new.target_minor OR old.owner_id <> new.owner_id) EXECUTE FUNCTION keep_scores();
CREATE TRIGGER cover_is_decided AFTER UPDATE OF status ON pocket_approval FOR EACH ROW WHEN (old.status = 'pending'::text AND new.status <> 'pending'::text AND new.kind = 'withdrawal'::text) EXECUTE FUNCTION decide_cover();
CREATE TRIGGER requester_is_told AFTER UPDATE OF status ON pocket_approval FOR EACH ROW WHEN (old.status <> new.status AND (new.status = ANY (ARRAY['executed'::text, 'rejected'::text]))) EXECUTE FUNCTION tell_requester();
CREATE TRIGGER rules_end AFTER UPDATE OF left_at ON pocket_member FOR EACH ROW WHEN (old.left_at IS NULL AND new.left_at IS NOT NULL) EXECUTE FUNCTION end_rules_with_membership();
CREATE TRIGGER outcome_is_told AFTER UPDATE OF status ON transfer FOR EACH ROW WHEN (old.status <> new.status AND (new.status = ANY (ARRAY['stalled'::text, 'settled'::text, 'failed'::text, 'cancelled'::text, 'returned'::text])) AND (new.status <> 'cancelled'::text OR new.reason IS DISTINCT FROM 'cancelled_by_person'::text)) EXECUTE FUNCTION tell_outcome();

-- Functions

CREATE OR REPLACE FUNCTION financial.accept_invitation(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  invitation pocket_invitation%ROWTYPE;
BEGIN
  SELECT * INTO invitation FROM pocket_invitation WHERE id = (request ->> 'invitationId')::uuid AND invitee_id = person;
  IF NOT FOUND OR NOT hold_person(person) THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY[invitation.pocket_id]);
  SELECT * INTO STRICT invitation FROM pocket_invitation WHERE id = invitation.id;
  IF invitation.status = 'accepted' AND member_role(invitation.pocket_id, person) IS NOT NULL THEN
    RETURN done(200, invitation_of(invitation.id));
  END IF;
  IF invitation.status <> 'pending' OR invitation.expires_at <= at THEN RETURN refuse('invitation_not_pending'); END IF;
  IF living_members(invitation.pocket_id) >= most_members() THEN RETURN refuse('pocket_full'); END IF;

  INSERT INTO pocket_member (pocket_id, member_id, role, joined_at, voice_from)
  VALUES (invitation.pocket_id, person, invitation.role, at, says_from(invitation.pocket_id, at))
  ON CONFLICT (pocket_id, member_id) DO UPDATE
  SET role = excluded.role, joined_at = excluded.joined_at, voice_from = excluded.voice_from, left_at = NULL;
  UPDATE pocket_invitation SET status = 'accepted', decided_at = at WHERE id = invitation.id;
  RETURN done(200, invitation_of(invitation.id));
END $function$;

CREATE OR REPLACE FUNCTION financial.accounts_of(person uuid)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT ledger_account.id
    FROM ledger_account
   WHERE ((ledger_account.owner_id = accounts_of.person) AND (ledger_account.kind <> 'pocket'::text))
 UNION ALL
  SELECT pocket_member.pocket_id
    FROM pocket_member
   WHERE ((pocket_member.member_id = accounts_of.person) AND (pocket_member.left_at IS NULL));
END;

CREATE OR REPLACE FUNCTION financial.accounts_of_approval(asked pocket_approval)
 RETURNS uuid[]
 LANGUAGE plpgsql
AS $function$
BEGIN
  CASE asked.kind
    WHEN 'policy' THEN RETURN ARRAY[asked.pocket_id];
    WHEN 'closing' THEN RETURN asked.pocket_id || (
      SELECT array_agg(ensure_account(due.member_id, 'wallet', (SELECT currency FROM pocket WHERE id = asked.pocket_id)))
      FROM pocket_payouts(asked.pocket_id) due WHERE due.amount > 0);
    ELSE RETURN sides_of_move(asked.requester_id, asked.request ->> 'currency', asked.pocket_id, (asked.request ->> 'toPocketId')::uuid);
  END CASE;
END $function$;

CREATE OR REPLACE FUNCTION financial.accounts_of_rule(settings jsonb, caps jsonb)
 RETURNS uuid[]
 LANGUAGE sql
 IMMUTABLE
RETURN (SELECT COALESCE(array_agg(DISTINCT account.named), '{}'::uuid[]) AS "coalesce" FROM (SELECT ((accounts_of_rule.settings ->> 'accountId'::text))::uuid AS named UNION ALL SELECT ((accounts_of_rule.caps ->> 'minRemainingAccountId'::text))::uuid AS uuid UNION ALL SELECT (id.value)::uuid AS id FROM jsonb_array_elements_text((accounts_of_rule.settings -> 'accountIds'::text)) id(value)) account WHERE (account.named IS NOT NULL));

CREATE OR REPLACE FUNCTION financial.add_rule(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.adjusted_account(person uuid, account_kind text, pocket_id uuid, money text)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF account_kind = 'pocket' THEN RETURN CASE WHEN member_role(pocket_id, person) IS NOT NULL THEN pocket_id END; END IF;
  IF NOT EXISTS (SELECT FROM ledger_account WHERE owner_id = person) THEN RETURN NULL; END IF;
  RETURN ensure_account(person, account_kind, money);
END $function$;

CREATE OR REPLACE FUNCTION financial.adjustment_facts(adjustment_id uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT jsonb_build_object('decisionId', a.id, 'transactionId', t.id, 'kind', t.kind, 'bookedAt', t.booked_at) AS jsonb_build_object
    FROM (ledger_adjustment a
      JOIN ledger_transaction t ON ((t.id = a.transaction_id)))
   WHERE (a.id = adjustment_facts.adjustment_id);
END;

CREATE OR REPLACE FUNCTION financial.advance_transfer(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  told text := request ->> 'status';
  counted bigint := (request ->> 'sequence')::bigint;
  at timestamptz := (request ->> 'at')::timestamptz;
  current transfer%ROWTYPE;
BEGIN
  SELECT * INTO current FROM transfer WHERE id = (request ->> 'transferId')::uuid FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF counted > current.sequence OR counted IS NULL THEN
    IF can_advance(current.status, told) THEN
      PERFORM settle_or_free(current, told, at);
      UPDATE transfer SET status = told, reason = request ->> 'reason', updated_at = at WHERE id = current.id;
    ELSIF told <> current.status THEN
      IF counted IS NOT NULL THEN RETURN refuse('illegal_transition', format('%s does not follow %s', told, current.status)); END IF;
      RETURN done(200, (SELECT to_jsonb(facts) FROM transfer_facts facts WHERE id = current.id));
    END IF;
    UPDATE transfer SET sequence = greatest(sequence, counted), value_date = coalesce(value_date, (request ->> 'valueDate')::date),
      return_value_date = coalesce(return_value_date, (request ->> 'returnValueDate')::date)
    WHERE id = current.id;
  END IF;
  RETURN done(200, (SELECT to_jsonb(facts) FROM transfer_facts facts WHERE id = current.id));
END $function$;

CREATE OR REPLACE FUNCTION financial.apply_policy(shared uuid, wanted jsonb, at timestamp with time zone)
 RETURNS void
 LANGUAGE sql
BEGIN ATOMIC
 UPDATE pocket SET withdraw_who = (apply_policy.wanted ->> 'who'::text), approvals = ((apply_policy.wanted ->> 'approvals'::text))::smallint, approvals_above_minor = ((apply_policy.wanted ->> 'aboveMinor'::text))::bigint, version = (pocket.version + 1), updated_at = apply_policy.at
   WHERE (pocket.id = apply_policy.shared);
END;

CREATE OR REPLACE FUNCTION financial.approval_of(approval uuid, viewer uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT jsonb_build_object('id', a.id, 'pocketId', a.pocket_id, 'kind', a.kind, 'requesterId', a.requester_id,
    'amountMinor', a.request -> 'amountMinor', 'currency', p.currency, 'note', a.request -> 'note',
    'toPocketId', a.request -> 'toPocketId', 'policy', a.request -> 'policy', 'status', a.status,
    'approvals', votes_for(a, true), 'needed', approvals_needed(a), 'createdAt', a.created_at, 'expiresAt', a.expires_at,
    'movementId', a.transaction_id, 'viewerId', viewer,
    'viewerApproves', (SELECT approves FROM pocket_approval_vote WHERE approval_id = a.id AND member_id = viewer))
  FROM pocket_approval a JOIN pocket p ON p.id = a.pocket_id WHERE a.id = approval
$function$;

CREATE OR REPLACE FUNCTION financial.approvals_in_force(pocket_id uuid, person uuid)
 RETURNS integer
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT
         CASE
             WHEN (p.approvals = 0) THEN (0)::bigint
             ELSE LEAST((p.approvals)::bigint, ( SELECT count(*) AS count
                FROM voices_beside(p.id, approvals_in_force.person) voices_beside(voices_beside)))
         END AS "least"
    FROM pocket p
   WHERE (p.id = approvals_in_force.pocket_id);
END;

CREATE OR REPLACE FUNCTION financial.approvals_needed(asked pocket_approval)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  SELECT CASE WHEN asked.status <> 'pending' THEN asked.needed WHEN asked.kind = 'closing' THEN count(*)
    ELSE least(asked.needed + is_newcomer(asked)::integer, count(*)) END
  FROM voices_on(asked)
$function$;

CREATE OR REPLACE FUNCTION financial.approve_unlock(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  named uuid := (request ->> 'pocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  asked uuid;
BEGIN
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = named));
  SELECT id INTO asked FROM pocket_guardian WHERE pocket_id = named AND guardian_id = person AND status = 'accepted';
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF (SELECT unlock_at IS NULL FROM pocket_lock WHERE pocket_id = named) THEN RETURN refuse('unlock_not_requested'); END IF;
  UPDATE pocket_lock SET unlock_waits_for = NULL WHERE pocket_id = named AND unlock_waits_for = person;
  IF FOUND THEN PERFORM touch_pocket(named, at); END IF;
  RETURN done(200, guardianship_of(asked, at));
END $function$;

CREATE OR REPLACE FUNCTION financial.ask_again(older_than timestamp with time zone, at_most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  asked integer;
BEGIN
  SELECT count(ask_flagship(id)) INTO asked FROM (
    SELECT id FROM transfer WHERE status = 'created' AND updated_at < older_than ORDER BY updated_at LIMIT at_most
  ) waiting;
  RETURN asked;
END $function$;

CREATE OR REPLACE FUNCTION financial.ask_approval(shared uuid, person uuid, asked_kind text, what jsonb, others integer, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  asked uuid;
BEGIN
  IF asked_kind IN ('policy', 'closing') THEN
    SELECT id INTO asked FROM pocket_approval
    WHERE pocket_id = shared AND requester_id = person AND kind = asked_kind AND request = what AND status = 'pending' AND expires_at > at;
  END IF;
  IF asked IS NULL THEN
    asked := uuidv7();
    INSERT INTO pocket_approval (id, pocket_id, requester_id, kind, request, needed, created_at, expires_at)
    VALUES (asked, shared, person, asked_kind, what, others, at, at + interval '7 days');
    PERFORM tell_member(member_id, 'approval_requested', shared, person, at)
    FROM (SELECT voices_beside(shared, person) AS member_id ORDER BY member_id) voice;
  END IF;
  RETURN approval_of(asked, person);
END $function$;

CREATE OR REPLACE FUNCTION financial.ask_flagship(transfer_id uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM financial_jobs.add_job('requestTransfer', json_build_object('transferId', transfer_id), job_key => 'requestTransfer:' || transfer_id);
END $function$;

CREATE OR REPLACE FUNCTION financial.ask_person(person uuid, subject_id uuid, asker uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF may_tell(asker, person, at) THEN PERFORM tell_person(person, 'pocket_invitation', 'invitation', subject_id, asker); END IF;
END $function$;

CREATE OR REPLACE FUNCTION financial.ask_rule_runs(person uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM financial_jobs.add_job('runRules', json_build_object('personId', person), job_key => 'runRules:' || person);
END $function$;

CREATE OR REPLACE FUNCTION financial.ask_to_close(closing uuid, person uuid, cause jsonb, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE sql
RETURN ask_approval(closing, person, 'closing'::text, jsonb_build_object('source', cause), ((SELECT count(*) AS count FROM voices_beside(ask_to_close.closing, ask_to_close.person) voices_beside(voices_beside)))::integer, at);

CREATE OR REPLACE FUNCTION financial.balance_after(account uuid, entry bigint)
 RETURNS bigint
 LANGUAGE sql
 STABLE
RETURN COALESCE((SELECT ledger_entry.balance_after_minor FROM ledger_entry WHERE ((ledger_entry.account_id = balance_after.account) AND (ledger_entry.seq = balance_after.entry))), (0)::bigint);

CREATE OR REPLACE FUNCTION financial.balance_at(account uuid, moment timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 STABLE
RETURN balance_after(account, last_entry(account, moment));

CREATE OR REPLACE FUNCTION financial.balance_limit()
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
RETURN '1000000000000'::bigint;

CREATE OR REPLACE FUNCTION financial.bank_balances(person uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT jsonb_build_object('items', COALESCE(jsonb_agg(jsonb_build_object('accountId', bank_account.id, 'connectionId', bank_account.connection_id, 'institutionName', bank_account.institution_name, 'name', bank_account.name, 'mask', bank_account.mask, 'kind', bank_account.kind, 'balance', money_json(bank_account.balance_minor, (bank_account.currency)::text), 'available', money_json(bank_account.available_minor, (bank_account.currency)::text), 'asOf', rfc3339(bank_account.as_of), 'status', bank_account.status) ORDER BY bank_account.id), '[]'::jsonb), 'asOf', rfc3339(min(bank_account.as_of))) AS jsonb_build_object
    FROM bank_account
   WHERE (bank_account.owner_id = bank_balances.person);
END;

CREATE OR REPLACE FUNCTION financial.begin_goal_cycle()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NEW.goal_cycle := OLD.goal_cycle + 1;
  RETURN NEW;
END $function$;

CREATE OR REPLACE FUNCTION financial.beginning_of(on_day date, zone text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
RETURN ((on_day)::timestamp without time zone AT TIME ZONE zone);

CREATE OR REPLACE FUNCTION financial.book(transaction_kind text, person uuid, cause text, words text, at timestamp with time zone, accounts uuid[], amounts bigint[], reversed uuid DEFAULT NULL::uuid, of_transfer uuid DEFAULT NULL::uuid)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
DECLARE
  booked uuid := uuidv7();
  moment timestamptz := booking_time(at, accounts);
  pockets uuid[];
  balances_before bigint[];
  balances_after bigint[];
  strangers integer;
BEGIN
  INSERT INTO ledger_transaction (id, kind, owner_id, source, note, reverses_id, transfer_id, booked_at)
  VALUES (booked, transaction_kind, person, cause, words, reversed, of_transfer, moment);

  WITH moved AS (
    UPDATE ledger_account account
    SET posted_minor = account.posted_minor + side.amount, entry_count = account.entry_count + 1
    FROM unnest(accounts, amounts) WITH ORDINALITY AS side (id, amount, line)
    WHERE account.id = side.id
    RETURNING account.*, side.amount, side.line
  ), written AS (
    INSERT INTO ledger_entry (transaction_id, line, account_id, owner_id, currency, amount_minor, balance_after_minor, seq)
    SELECT booked, line, id, owner_id, currency, amount, posted_minor, entry_count FROM moved
  ), monthly AS (
    INSERT INTO pocket_month (pocket_id, month, owner_id, net_minor)
    SELECT id, date_trunc('month', moment AT TIME ZONE 'UTC')::date, owner_id, amount FROM moved
    WHERE kind = 'pocket' AND transaction_kind NOT IN ('opening', 'sweep')
    ON CONFLICT (pocket_id, month) DO UPDATE SET net_minor = pocket_month.net_minor + excluded.net_minor
  ), part AS (
    SELECT id AS pocket_id, person AS member_id, amount FROM moved WHERE kind = 'pocket' AND transaction_kind <> 'payout'
    UNION ALL
    SELECT pot.id, payee.owner_id, -payee.amount FROM moved pot JOIN moved payee ON payee.kind = 'wallet'
    WHERE pot.kind = 'pocket' AND transaction_kind = 'payout'
  ), credited AS (
    UPDATE pocket_member member
    SET contributed_minor = contributed_minor + CASE WHEN (amount > 0) <> (transaction_kind = 'reversal') THEN amount ELSE 0 END,
        withdrawn_minor = withdrawn_minor - CASE WHEN (amount > 0) <> (transaction_kind = 'reversal') THEN 0 ELSE amount END
    FROM part WHERE member.pocket_id = part.pocket_id AND member.member_id = part.member_id
    RETURNING member.member_id
  )
  SELECT array_agg(id), array_agg(posted_minor - amount), array_agg(posted_minor),
    (SELECT count(*) FROM part) - (SELECT count(*) FROM credited)
  INTO pockets, balances_before, balances_after, strangers FROM moved WHERE kind = 'pocket';

  IF strangers > 0 THEN RAISE EXCEPTION 'transaction % moves a pocket for somebody who is no member of it', booked; END IF;
  PERFORM note_milestones(changed.id, balance_before, balance_after, moment)
  FROM unnest(pockets, balances_before, balances_after) AS changed (id, balance_before, balance_after)
  JOIN pocket ON pocket.id = changed.id AND pocket.target_minor IS NOT NULL;
  RETURN booked;
END $function$;

CREATE OR REPLACE FUNCTION financial.book_adjustment(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  decision uuid := (request ->> 'decisionId')::uuid;
  person uuid := (request ->> 'personId')::uuid;
  change bigint := (request ->> 'changeMinor')::bigint;
  money text := request ->> 'currency';
  at timestamptz := (request ->> 'at')::timestamptz;
  account uuid;
  contra uuid;
  booked uuid;
  reply jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('adjustment ' || decision, 0));
  IF EXISTS (SELECT FROM ledger_adjustment WHERE id = decision) THEN
    IF EXISTS (SELECT FROM ledger_adjustment WHERE id = decision AND request_hash <> request ->> 'hash') THEN RETURN refuse('decision_reused'); END IF;
    RETURN done(200, adjustment_facts(decision));
  END IF;
  IF change IS NULL OR change = 0 OR request ->> 'account' = request ->> 'against' THEN RAISE EXCEPTION 'an adjustment moves something between two accounts'; END IF;
  IF person = house() OR NOT hold_person(person) THEN RETURN refuse('not_found'); END IF;
  account := adjusted_account(person, request ->> 'account', (request ->> 'pocketId')::uuid, money);
  IF account IS NULL THEN RETURN refuse('not_found'); END IF;
  contra := ensure_account(CASE request ->> 'against' WHEN 'adjustment' THEN house() ELSE person END, request ->> 'against', money);

  PERFORM lock_accounts(ARRAY[account, contra]);
  -- Who left the pocket while it was waited for has nothing in it that could be corrected.
  IF request ->> 'account' = 'pocket' AND member_role(account, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  reply := refuse_adjusting(account, change, money);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  booked := book(request ->> 'kind', person, 'staff', NULL, at, ARRAY[account, contra], ARRAY[change, -change]);
  INSERT INTO ledger_adjustment (id, transaction_id, request_hash, reason, staff_id, decided_at)
  VALUES (decision, booked, request ->> 'hash', request ->> 'reason', request ->> 'staffId', at);
  RETURN done(200, adjustment_facts(decision));
END $function$;

CREATE OR REPLACE FUNCTION financial.book_opening_balance(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'amountMinor')::bigint;
  wallet uuid := ensure_account(person, 'wallet', request ->> 'currency');
  clearing uuid := ensure_account(house(), 'clearing', request ->> 'currency');
BEGIN
  IF amount IS NULL OR amount < 1 THEN RAISE EXCEPTION 'an opening balance needs a positive amount'; END IF;
  PERFORM lock_accounts(ARRAY[wallet, clearing]);
  RETURN done(201, jsonb_build_object('transactionId',
    book('opening_balance', person, request ->> 'source', request ->> 'note', (request ->> 'at')::timestamptz,
      ARRAY[clearing, wallet], ARRAY[-amount, amount])));
END $function$;

CREATE OR REPLACE FUNCTION financial.book_return(current transfer, wallet uuid, clearing uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  suspense uuid := find_account(current.owner_id, 'suspense', current.currency);
  settlement uuid := (SELECT id FROM ledger_transaction WHERE transfer_id = current.id AND kind = current.direction);
  account ledger_account%ROWTYPE;
  by_wallet bigint;
  sign integer := CASE WHEN current.direction = 'deposit' THEN -1 ELSE 1 END;
  accounts uuid[] := ARRAY[clearing];
  amounts bigint[] := ARRAY[-sign * current.amount_minor];
BEGIN
  SELECT * INTO STRICT account FROM ledger_account WHERE id = wallet;
  by_wallet := least(current.amount_minor, CASE WHEN current.direction = 'deposit'
    THEN account.posted_minor - account.reserved_minor
    ELSE balance_limit() - account.posted_minor - account.incoming_minor END);
  IF by_wallet > 0 THEN
    accounts := accounts || wallet;
    amounts := amounts || sign * by_wallet;
  END IF;
  IF by_wallet < current.amount_minor THEN
    accounts := accounts || suspense;
    amounts := amounts || sign * (current.amount_minor - by_wallet);
  END IF;
  PERFORM book('return', current.owner_id, 'provider', NULL, at, accounts, amounts, settlement, current.id);
END $function$;

CREATE OR REPLACE FUNCTION financial.book_rule_run(owned rule, of_run uuid, total bigint, at timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.book_together(pot uuid, moves waiting_movement[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  WITH move AS (
    SELECT m.*, row_number() OVER by_place AS pot_nth, sum(amount) OVER by_place AS pot_sum,
      row_number() OVER by_wallet AS wallet_nth, sum(amount) OVER by_wallet AS wallet_sum
    FROM unnest(moves) m
    WINDOW by_place AS (ORDER BY place), by_wallet AS (PARTITION BY wallet ORDER BY place)
  ), side AS (
    SELECT id AS booked, CASE WHEN amount > 0 THEN 2 ELSE 1 END AS line, pot AS account, amount, pot_nth AS nth, pot_sum AS moved FROM move
    UNION ALL SELECT id, CASE WHEN amount > 0 THEN 1 ELSE 2 END, wallet, -amount, wallet_nth, -wallet_sum FROM move
  ), transactions AS (
    INSERT INTO ledger_transaction (id, kind, owner_id, source, note, booked_at)
    SELECT id, CASE operation WHEN 'createContribution' THEN 'contribution' ELSE 'pocket_withdrawal' END, person, source, note, at FROM move
  ), entries AS (
    INSERT INTO ledger_entry (transaction_id, line, account_id, owner_id, currency, amount_minor, balance_after_minor, seq)
    SELECT booked, line, account, a.owner_id, a.currency, amount, a.posted_minor + moved, a.entry_count + nth
    FROM side JOIN ledger_account a ON a.id = account
  ), accounts AS (
    UPDATE ledger_account a SET posted_minor = posted_minor + total, entry_count = entry_count + entries
    FROM (SELECT account, sum(amount) AS total, count(*) AS entries FROM side GROUP BY account) summed WHERE a.id = account
  ), months AS (
    INSERT INTO pocket_month (pocket_id, month, owner_id, net_minor)
    SELECT pot, date_trunc('month', at AT TIME ZONE 'UTC')::date, (SELECT owner_id FROM ledger_account WHERE id = pot), sum(amount) FROM move GROUP BY 2
    ON CONFLICT (pocket_id, month) DO UPDATE SET net_minor = pocket_month.net_minor + excluded.net_minor
  )
  UPDATE pocket_member member SET contributed_minor = contributed_minor + gave, withdrawn_minor = withdrawn_minor + took
  FROM (SELECT person, sum(greatest(amount, 0)) AS gave, sum(greatest(-amount, 0)) AS took FROM move GROUP BY person) part
  WHERE member.pocket_id = pot AND member.member_id = person;
END $function$;

CREATE OR REPLACE FUNCTION financial.booking_time(at timestamp with time zone, accounts uuid[])
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
RETURN GREATEST(at, (SELECT max(t.booked_at) AS max FROM ((ledger_account a JOIN ledger_entry e ON (((e.account_id = a.id) AND (e.seq = a.entry_count)))) JOIN ledger_transaction t ON ((t.id = e.transaction_id))) WHERE ((a.id = ANY (booking_time.accounts)) AND (a.kind = ANY (ARRAY['wallet'::text, 'pocket'::text])))));

CREATE OR REPLACE FUNCTION financial.can_advance(from_status text, to_status text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
RETURN CASE WHEN (from_status = 'settled'::text) THEN (to_status = 'returned'::text) WHEN (from_status = ANY (ARRAY['failed'::text, 'cancelled'::text, 'returned'::text])) THEN false WHEN (to_status = ANY (ARRAY['failed'::text, 'cancelled'::text, 'returned'::text])) THEN true ELSE (transfer_rank(to_status) > transfer_rank(from_status)) END;

CREATE OR REPLACE FUNCTION financial.cancel_approval(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  wanted uuid := (request ->> 'approvalId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  asked pocket_approval%ROWTYPE;
BEGIN
  SELECT * INTO asked FROM pocket_approval WHERE id = wanted;
  IF NOT FOUND OR member_role(asked.pocket_id, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF asked.requester_id <> person THEN RETURN refuse('forbidden'); END IF;
  PERFORM lock_accounts(ARRAY[asked.pocket_id]);
  SELECT * INTO STRICT asked FROM pocket_approval WHERE id = asked.id;
  IF asked.status <> 'cancelled' THEN
    IF asked.status <> 'pending' OR asked.expires_at <= at THEN RETURN refuse('approval_not_pending'); END IF;
    UPDATE pocket_approval SET status = 'cancelled', decided_at = at WHERE id = asked.id;
  END IF;
  RETURN done(200, approval_of(asked.id, person));
END $function$;

CREATE OR REPLACE FUNCTION financial.cancel_requests(shared uuid, person uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE sql
BEGIN ATOMIC
 UPDATE pocket_approval SET status = 'cancelled'::text, decided_at = cancel_requests.at
   WHERE ((pocket_approval.pocket_id = cancel_requests.shared) AND (pocket_approval.requester_id = cancel_requests.person) AND (pocket_approval.status = 'pending'::text));
END;

CREATE OR REPLACE FUNCTION financial.cancel_unlock(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  named uuid := (request ->> 'pocketId')::uuid;
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  held pocket_lock%ROWTYPE;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = named));
  reply := refuse_unlocking(named, person, at);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  SELECT * INTO STRICT held FROM pocket_lock WHERE pocket_id = named;
  IF held.unlock_by <> person AND (member_role(named, person) <> 'owner' OR member_role(named, held.unlock_by) IS NOT NULL) THEN
    RETURN refuse('forbidden');
  END IF;
  UPDATE pocket_member SET free_from = NULL WHERE pocket_id = named AND member_id = person;
  IF held.unlock_at IS NOT NULL THEN
    UPDATE pocket_lock SET unlock_by = NULL, unlock_at = NULL, unlock_waits_for = NULL WHERE pocket_id = named;
    PERFORM touch_pocket(named, at);
  END IF;
  RETURN done(204, NULL);
END $function$;

CREATE OR REPLACE FUNCTION financial.carry_out_approval(asked pocket_approval, accounts uuid[], at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  amount bigint := (asked.request ->> 'amountMinor')::bigint;
  other uuid := (asked.request ->> 'toPocketId')::uuid;
  reply jsonb;
BEGIN
  IF asked.kind IN ('policy', 'closing') AND member_role(asked.pocket_id, asked.requester_id) IS DISTINCT FROM 'owner'
    OR refuse_member(asked.pocket_id, asked.requester_id, true) IS NOT NULL
    OR other IS NOT NULL AND refuse_member(other, asked.requester_id, false) IS NOT NULL
  THEN RETURN refuse('approval_not_pending'); END IF;

  IF asked.kind = 'policy' THEN
    PERFORM apply_policy(asked.pocket_id, asked.request -> 'policy', at);
    RETURN done(200, NULL);
  ELSIF asked.kind = 'closing' THEN
    RETURN pay_everybody(asked.pocket_id, asked.requester_id, asked.request ->> 'source', at, accounts);
  END IF;
  reply := refuse_carrying(asked.requester_id, amount, at, asked.pocket_id, other, accounts);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  RETURN done(201, jsonb_build_object('id', book(
    CASE WHEN other IS NULL THEN 'pocket_withdrawal' ELSE 'pocket_transfer' END, asked.requester_id, asked.request ->> 'source',
    asked.request ->> 'note', at, accounts, ARRAY[-amount, amount])));
END $function$;

CREATE OR REPLACE FUNCTION financial.carry_together(pot uuid, plain waiting_movement[])
 RETURNS TABLE(place integer, refusal jsonb, body jsonb)
 LANGUAGE plpgsql
AS $function$
DECLARE
  pot_left bigint;
  pot_room bigint;
  target bigint := (SELECT target_minor FROM pocket WHERE id = pot);
  wallets uuid[];
  wallet_left bigint[];
  wallet_room bigint[];
  one integer;
  move waiting_movement;
  carried waiting_movement[] := '{}';
BEGIN
  SELECT posted_minor, balance_limit() - posted_minor - incoming_minor INTO STRICT pot_left, pot_room FROM ledger_account WHERE id = pot;
  SELECT array_agg(id), array_agg(posted_minor - reserved_minor), array_agg(balance_limit() - posted_minor - incoming_minor)
  INTO wallets, wallet_left, wallet_room FROM ledger_account WHERE id IN (SELECT wallet FROM unnest(plain));

  FOREACH move IN ARRAY plain LOOP
    one := array_position(wallets, move.wallet);
    IF move.amount > wallet_left[one] OR -move.amount > pot_left THEN
      RETURN QUERY SELECT move.place, refuse('insufficient_funds'), NULL::jsonb;
    ELSIF -move.amount > wallet_room[one] OR move.amount > pot_room THEN
      RETURN QUERY SELECT move.place, refuse('balance_limit_exceeded'), NULL::jsonb;
    ELSE
      carried := carried || move;
      IF pot_left * 4 / target < least((pot_left + move.amount) * 4 / target, 4) THEN
        PERFORM note_milestones(pot, pot_left, pot_left + move.amount, move.at);
      END IF;
      pot_left := pot_left + move.amount;
      pot_room := pot_room - move.amount;
      wallet_left[one] := wallet_left[one] - move.amount;
      wallet_room[one] := wallet_room[one] + move.amount;
    END IF;
  END LOOP;
  IF cardinality(carried) > 0 THEN
    PERFORM book_together(pot, carried);
    RETURN QUERY SELECT kept.place, NULL::jsonb, kept.body FROM keep_together(pot, carried) kept;
  END IF;
END $function$;

CREATE OR REPLACE FUNCTION financial.challenge_as_seen(challenge uuid, viewer uuid, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT card || jsonb_build_object(
    'standings', CASE WHEN (card ->> 'viewerJoined')::boolean THEN (
      SELECT coalesce(jsonb_agg(jsonb_build_object('memberId', member_id, 'score', score, 'place', place)
        ORDER BY score DESC NULLS LAST, joined_at, member_id), '[]') FROM challenge_standings(challenge, at)) END,
    'invitedIds', (SELECT coalesce(jsonb_agg(member_id ORDER BY member_id), '[]') FROM challenge_member
      WHERE challenge_id = challenge AND joined_at IS NULL AND card ->> 'creatorId' = viewer::text))
  FROM challenge_card(challenge, viewer) AS card WHERE card IS NOT NULL
$function$;

CREATE OR REPLACE FUNCTION financial.challenge_card(challenge uuid, viewer uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT jsonb_build_object('id', c.id, 'name', c.name, 'kind', c.kind, 'creatorId', c.creator_id, 'createdAt', c.created_at,
    'endsAt', c.ends_at, 'viewerJoined', m.joined_at IS NOT NULL, 'viewerPocketId', m.pocket_id,
    'joinedCount', (SELECT count(*) FROM challenge_member o WHERE o.challenge_id = c.id AND o.joined_at IS NOT NULL),
    'invitedCount', (SELECT count(*) FROM challenge_member o WHERE o.challenge_id = c.id AND o.joined_at IS NULL))
  FROM challenge c JOIN challenge_member m ON m.challenge_id = c.id AND m.member_id = viewer WHERE c.id = challenge
$function$;

CREATE OR REPLACE FUNCTION financial.challenge_standings(challenge uuid, at timestamp with time zone)
 RETURNS TABLE(member_id uuid, joined_at timestamp with time zone, score integer, place bigint)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT member_id, joined_at, score, CASE WHEN score IS NOT NULL THEN rank() OVER (ORDER BY score DESC NULLS LAST) END
  FROM (
    SELECT m.member_id, m.joined_at, CASE WHEN m.is_score_kept THEN m.kept_score ELSE CASE c.kind
      WHEN 'streak' THEN CASE WHEN p.id IS NOT NULL THEN saving_streak(p.id, c.created_at, least(at, c.ends_at)) END
      ELSE CASE WHEN p.target_minor IS NOT NULL THEN
        least(100, CASE WHEN at < c.ends_at THEN a.posted_minor ELSE balance_at(p.id, c.ends_at) END * 100 / p.target_minor)::integer END
      END END AS score
    FROM challenge c JOIN challenge_member m ON m.challenge_id = c.id
    LEFT JOIN pocket p ON p.id = m.pocket_id AND p.owner_id = m.member_id AND (p.closed_at IS NULL OR p.closed_at >= c.ends_at)
    LEFT JOIN ledger_account a ON a.id = p.id
    WHERE c.id = challenge AND m.joined_at IS NOT NULL
  ) scored
$function$;

CREATE OR REPLACE FUNCTION financial.change_rule(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.check_balance()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.posted_minor = 0 AND NEW.entry_count = 0 THEN RETURN NULL; END IF;
  ELSIF NEW.entry_count = OLD.entry_count + 1 THEN
    IF EXISTS (
      SELECT FROM ledger_entry
      WHERE account_id = NEW.id AND seq = NEW.entry_count
        AND balance_after_minor = NEW.posted_minor AND amount_minor = NEW.posted_minor - OLD.posted_minor
    ) THEN RETURN NULL; END IF;
  ELSIF NEW.entry_count > OLD.entry_count AND (
    SELECT count(*) = NEW.entry_count - OLD.entry_count AND sum(amount_minor) = NEW.posted_minor - OLD.posted_minor
      AND bool_and(balance_after_minor = OLD.posted_minor + running)
    FROM (
      SELECT amount_minor, balance_after_minor, sum(amount_minor) OVER (ORDER BY seq) AS running
      FROM ledger_entry WHERE account_id = NEW.id AND seq > OLD.entry_count AND seq <= NEW.entry_count
    ) counted
  ) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the balance of account % does not follow its entries', NEW.id USING ERRCODE = 'integrity_constraint_violation';
END $function$;

CREATE OR REPLACE FUNCTION financial.check_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  wrong record;
BEGIN
  SELECT transaction_id INTO wrong FROM added GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'transaction % does not sum to zero', wrong.transaction_id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT e.account_id, e.seq INTO wrong FROM added e JOIN ledger_account a ON a.id = e.account_id WHERE a.entry_count < e.seq LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'account % does not count entry %', wrong.account_id, wrong.seq USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.check_transaction()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  IF EXISTS (SELECT FROM ledger_entry WHERE transaction_id = NEW.id) THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'transaction % does not sum to zero: it has no entries', NEW.id USING ERRCODE = 'integrity_constraint_violation';
END $function$;

CREATE OR REPLACE FUNCTION financial.claim_request(request jsonb, operation_name text)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  kept idempotency%ROWTYPE;
BEGIN
  IF request ->> 'key' IS NULL THEN RETURN NULL; END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', request ->> 'ownerId', operation_name, request ->> 'key'), 0)) THEN
    RETURN refuse('idempotency_in_flight');
  END IF;
  SELECT * INTO kept FROM idempotency
  WHERE owner_id = (request ->> 'ownerId')::uuid AND operation = operation_name AND key = request ->> 'key';
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF kept.request_hash <> request ->> 'hash' THEN RETURN refuse('idempotency_key_reused'); END IF;
  RETURN jsonb_build_object('outcome', 'replayed', 'status', kept.status, 'body', kept.body);
END $function$;

CREATE OR REPLACE FUNCTION financial.claim_together(movements jsonb)
 RETURNS waiting_movement[]
 LANGUAGE sql
AS $function$
  SELECT array_agg(ROW(place, operation, "ownerId", currency, CASE operation WHEN 'createContribution' THEN "amountMinor" ELSE -"amountMinor" END,
    key, hash, note, source, at, NULL, NULL)::waiting_movement ORDER BY place)
  FROM (
    SELECT DISTINCT ON ("ownerId", operation, key) * FROM ROWS FROM (jsonb_to_recordset(movements) AS (operation text, "ownerId" uuid,
      currency text, "amountMinor" bigint, key text, hash text, note text, source text, at timestamptz))
      WITH ORDINALITY AS asked (operation, "ownerId", currency, "amountMinor", key, hash, note, source, at, place)
    WHERE key IS NOT NULL AND "amountMinor" > 0 AND operation IN ('createContribution', 'createPocketWithdrawal')
    ORDER BY "ownerId", operation, key, place
  ) asked
  WHERE pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', "ownerId", operation, key), 0))
$function$;

CREATE OR REPLACE FUNCTION financial.close_pocket(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  closing uuid := (request ->> 'pocketId')::uuid;
  sweep_to uuid := (request ->> 'sweepToPocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  account ledger_account%ROWTYPE;
  reply jsonb := claim_request(request, 'closePocket');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(closing, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF sweep_to = closing THEN RETURN refuse('same_pocket'); END IF;
  IF sweep_to IS NOT NULL THEN
    IF member_role(sweep_to, person) IS NULL THEN RETURN refuse('not_found'); END IF;
    IF (SELECT count(DISTINCT currency) FROM pocket WHERE id IN (closing, sweep_to)) > 1 THEN RETURN refuse('fx_not_supported'); END IF;
  END IF;

  PERFORM lock_accounts(ARRAY[closing, sweep_to]);
  SELECT * INTO STRICT account FROM ledger_account WHERE id = closing;
  IF member_role(closing, person) IS DISTINCT FROM 'owner' THEN RETURN refuse('forbidden'); END IF;
  IF account.status = 'closed' THEN RETURN refuse('pocket_closed'); END IF;
  IF EXISTS (SELECT FROM voices_beside(closing, person)) THEN
    IF sweep_to IS NOT NULL THEN RETURN refuse('pocket_shared'); END IF;
    RETURN keep_reply(request, 'closePocket', done(202, ask_to_close(closing, person, request -> 'source', at)));
  END IF;
  IF account.posted_minor > 0 THEN
    IF sweep_to IS NULL THEN RETURN refuse('pocket_not_empty'); END IF;
    reply := coalesce(refuse_member(sweep_to, person, false), refuse_move(closing, sweep_to, account.posted_minor),
      refuse_locked(closing, account.posted_minor, at), refuse_frozen(person, ARRAY[closing, sweep_to]));
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    PERFORM book('sweep', person, request ->> 'source', NULL, at, ARRAY[closing, sweep_to], ARRAY[-account.posted_minor, account.posted_minor]);
  END IF;
  PERFORM end_pocket(closing, at);
  RETURN keep_reply(request, 'closePocket', done(200, pocket_as_seen(closing, person)));
END $function$;

CREATE OR REPLACE FUNCTION financial.close_rule_run(owned rule, run rule_run, total bigint, verdict jsonb, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.closing_blockers(person uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT COALESCE(jsonb_agg(jsonb_build_object('kind', found.kind, 'ids', to_jsonb(found.ids[1:100])) ORDER BY found.kind), '[]'::jsonb) AS "coalesce"
    FROM ( SELECT 'balance'::text AS kind,
             array_agg(held.id ORDER BY held.id) AS ids
            FROM ( SELECT ledger_account.id
                    FROM ledger_account
                   WHERE ((ledger_account.owner_id = closing_blockers.person) AND (ledger_account.kind <> 'pocket'::text) AND (ledger_account.posted_minor <> 0))
                 UNION ALL
                  SELECT a.id
                    FROM (pocket_member m
                      JOIN ledger_account a ON ((a.id = m.pocket_id)))
                   WHERE ((m.member_id = closing_blockers.person) AND (m.left_at IS NULL) AND (a.posted_minor > 0) AND ((m.contributed_minor > m.withdrawn_minor) OR (NOT (EXISTS ( SELECT
                            FROM voices_beside(m.pocket_id, closing_blockers.person) voices_beside(voices_beside))))))) held
         UNION ALL
          SELECT 'pending_transfer'::text,
             array_agg(transfer.id ORDER BY transfer.id) AS array_agg
            FROM transfer
           WHERE ((transfer.owner_id = closing_blockers.person) AND (transfer.status <> ALL (ARRAY['settled'::text, 'failed'::text, 'cancelled'::text, 'returned'::text])))
         UNION ALL
          SELECT 'owned_shared_pocket'::text,
             array_agg(pocket.id ORDER BY pocket.id) AS array_agg
            FROM pocket
           WHERE ((pocket.owner_id = closing_blockers.person) AND (pocket.closed_at IS NULL) AND (EXISTS ( SELECT
                    FROM voices_beside(pocket.id, closing_blockers.person) voices_beside(voices_beside))))) found
   WHERE (found.ids IS NOT NULL);
END;

CREATE OR REPLACE FUNCTION financial.coming_rule_sums(person uuid, from_time timestamp with time zone, until_time timestamp with time zone)
 RETURNS TABLE(rule_id uuid, pocket_id uuid, on_day date, amount_minor bigint, currency text)
 LANGUAGE sql
 STABLE
AS $function$
  WITH RECURSIVE coming AS (
    SELECT rule.id, rule.next_on AS on_day FROM rule
    WHERE owner_id = person AND kind = 'recurring' AND ended_at IS NULL AND next_at < until_time
    UNION ALL
    SELECT coming.id, following.on_day FROM coming JOIN rule ON rule.id = coming.id,
      LATERAL (SELECT occurrence_after(rule.every, rule.day, rule.first_on, coming.on_day) AS on_day) following
    WHERE beginning_of(following.on_day, rule.time_zone) < until_time
  ), open AS (
    SELECT rule.id, coming.on_day FROM coming JOIN rule ON rule.id = coming.id
    WHERE rule.paused_until IS NULL OR beginning_of(coming.on_day, rule.time_zone) >= rule.paused_until
    UNION
    SELECT rule.id, run.occurred_on FROM rule JOIN rule_run run ON run.rule_id = rule.id AND run.status = 'due'
    WHERE rule.owner_id = person AND rule.kind = 'recurring' AND rule.ended_at IS NULL
      AND (rule.paused_until IS NULL OR rule.paused_until <= from_time)
  )
  SELECT rule.id, rule.pocket_id, open.on_day, (rule.settings ->> 'amountMinor')::bigint, rule.currency::text
  FROM open JOIN rule ON rule.id = open.id
  ORDER BY open.on_day, rule.priority, rule.id
$function$;

CREATE OR REPLACE FUNCTION financial.contribute_to_pocket(request jsonb)
 RETURNS jsonb
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
BEGIN ATOMIC
 SELECT move_money(request, 'createContribution'::text, 'contribution'::text, NULL::uuid, ((request ->> 'pocketId'::text))::uuid) AS move_money;
END;

CREATE OR REPLACE FUNCTION financial.cover_of(transaction uuid, person uuid, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT jsonb_build_object('transactionId', cover.transaction_id, 'pocketId', cover.pocket_id, 'approvalId', cover.approval_id,
    'refundId', cover.refund_id, 'movement', movement_of(cover.movement_id, cover.pocket_id),
    'amountMinor', coalesce((SELECT -amount_minor FROM ledger_entry WHERE transaction_id = cover.movement_id AND account_id = cover.pocket_id),
      (asked.request ->> 'amountMinor')::bigint), 'currency', pocket.currency)
  FROM cover JOIN pocket ON pocket.id = cover.pocket_id
    LEFT JOIN ledger_transaction booked ON booked.id = cover.movement_id LEFT JOIN pocket_approval asked ON asked.id = cover.approval_id
  WHERE cover_of.transaction IN (cover.transaction_id, cover.origin_id) AND coalesce(booked.owner_id, asked.requester_id) = person
    AND (booked.id IS NOT NULL OR (asked.status = 'pending' AND asked.expires_at > at))
  ORDER BY cover.id DESC LIMIT 1
$function$;

CREATE OR REPLACE FUNCTION financial.cover_transaction(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.covers_of(person uuid)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT cover.id
    FROM (ledger_transaction booked
      JOIN cover ON ((cover.movement_id = booked.id)))
   WHERE ((booked.owner_id = covers_of.person) AND (booked.source = 'cover'::text))
 UNION
  SELECT cover.id
    FROM (pocket_approval asked
      JOIN cover ON ((cover.approval_id = asked.id)))
   WHERE (asked.requester_id = covers_of.person);
END;

CREATE OR REPLACE FUNCTION financial.create_challenge(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  brought uuid := (request ->> 'pocketId')::uuid;
  ends timestamptz := (request ->> 'endsAt')::timestamptz;
  at timestamptz := (request ->> 'at')::timestamptz;
  asked uuid[] := ARRAY(SELECT DISTINCT id::uuid FROM jsonb_array_elements_text(request -> 'memberIds') AS id ORDER BY 1);
  created uuid := uuidv7();
  reply jsonb := claim_request(request, 'createChallenge');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF ends <= at OR ends > at + interval '8784 hours' THEN RETURN refuse('challenge_end_unfit'); END IF;
  asked := array_remove(asked, person);
  IF house() = ANY (asked) OR EXISTS (SELECT FROM unnest(person || asked) AS id WHERE NOT hold_person(id)) THEN RETURN refuse('not_found'); END IF;
  IF brought IS NOT NULL THEN
    reply := refuse_entering(brought, person, request ->> 'kind');
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('challenges ' || person, 0));
  IF (SELECT count(*) FROM challenge WHERE creator_id = person AND ends_at > at) >= most_challenges() THEN RETURN refuse('too_many_challenges'); END IF;

  INSERT INTO challenge (id, creator_id, name, kind, created_at, ends_at)
  VALUES (created, person, request ->> 'name', request ->> 'kind', at, ends);
  INSERT INTO challenge_member (challenge_id, member_id, created_at, joined_at, pocket_id) VALUES (created, person, at, at, brought);
  INSERT INTO challenge_member (challenge_id, member_id, created_at) SELECT created, id, at FROM unnest(asked) AS id;
  PERFORM ask_person(id, created, person, at) FROM unnest(asked) AS id;
  RETURN keep_reply(request, 'createChallenge', done(201, challenge_as_seen(created, person, at)));
END $function$;

CREATE OR REPLACE FUNCTION financial.create_rule(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  reply jsonb := claim_request(request, 'createRule');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  reply := add_rule(request);
  IF reply ->> 'outcome' = 'refused' THEN RETURN reply; END IF;
  RETURN keep_reply(request, 'createRule', reply);
END $function$;

CREATE OR REPLACE FUNCTION financial.day_in(zone text, at timestamp with time zone)
 RETURNS date
 LANGUAGE sql
 STABLE
RETURN ((at AT TIME ZONE zone))::date;

CREATE OR REPLACE FUNCTION financial.day_of_month(month date, day integer)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE
RETURN LEAST((((date_trunc('month'::text, (month)::timestamp without time zone))::date + day) - 1), ((date_trunc('month'::text, (month)::timestamp without time zone) + '1 mon -1 days'::interval))::date);

CREATE OR REPLACE FUNCTION financial.decide_cover()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  UPDATE cover SET movement_id = NEW.transaction_id, ended_at = CASE WHEN NEW.status <> 'executed' THEN NEW.decided_at END
  WHERE approval_id = NEW.id;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.decide_freeze(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  decision uuid := (request ->> 'decisionId')::uuid;
  wanted text := request ->> 'action';
  kind text := request ->> 'kind';
  subject uuid := (request ->> 'subjectId')::uuid;
BEGIN
  IF NOT hold_freezable(kind, subject) THEN RETURN refuse('not_found'); END IF;
  INSERT INTO freeze_decision (id, subject_kind, subject_id, action, reason, staff_id, decided_at)
  VALUES (decision, kind, subject, wanted, request ->> 'reason', request ->> 'staffId', (request ->> 'at')::timestamptz)
  ON CONFLICT (id) DO NOTHING;
  IF NOT FOUND THEN
    IF NOT EXISTS (SELECT FROM freeze_decision WHERE id = decision AND subject_kind = kind AND subject_id = subject AND action = wanted) THEN
      RETURN refuse('decision_reused');
    END IF;
  ELSIF wanted = 'freeze' THEN
    INSERT INTO money_freeze (subject_id, subject_kind, decision_id) VALUES (subject, kind, decision) ON CONFLICT (subject_id) DO NOTHING;
  ELSE
    DELETE FROM money_freeze WHERE subject_id = subject AND subject_kind = kind;
  END IF;
  RETURN done(200, freeze_of(subject));
END $function$;

CREATE OR REPLACE FUNCTION financial.decide_guardianship(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  asked uuid := (request ->> 'guardianshipId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  wanted text := CASE WHEN (request ->> 'accepts')::boolean THEN 'accepted' ELSE 'declined' END;
  guard pocket_guardian%ROWTYPE;
BEGIN
  IF NOT hold_person(person) THEN RETURN refuse('not_found'); END IF;
  SELECT * INTO guard FROM pocket_guardian WHERE id = asked AND guardian_id = person;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY[guard.pocket_id]);
  SELECT * INTO STRICT guard FROM pocket_guardian WHERE id = asked;
  IF guard.status <> wanted THEN
    IF guard.status NOT IN ('pending', 'accepted') OR NOT lock_holds(guard.pocket_id, at) THEN RETURN refuse('guardianship_not_pending'); END IF;
    UPDATE pocket_guardian SET status = wanted, decided_at = at WHERE id = asked;
    IF wanted = 'declined' THEN PERFORM stop_waiting(person, guard.pocket_id, at); END IF;
    PERFORM touch_pocket(guard.pocket_id, at);
  END IF;
  RETURN done(200, guardianship_of(asked, at));
END $function$;

CREATE OR REPLACE FUNCTION financial.decline_challenge(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  race challenge%ROWTYPE;
BEGIN
  SELECT * INTO race FROM hold_challenge((request ->> 'challengeId')::uuid, person);
  IF NOT FOUND THEN RETURN done(204, NULL); END IF;
  DELETE FROM challenge_member WHERE challenge_id = race.id AND member_id = person AND joined_at IS NULL;
  IF NOT FOUND THEN RETURN refuse('challenge_joined'); END IF;
  RETURN done(204, NULL);
END $function$;

CREATE OR REPLACE FUNCTION financial.decline_invitation(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  invitation pocket_invitation%ROWTYPE;
BEGIN
  SELECT * INTO invitation FROM pocket_invitation
  WHERE id = (request ->> 'invitationId')::uuid AND invitee_id = (request ->> 'ownerId')::uuid;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  RETURN end_invitation(invitation, 'declined', (request ->> 'at')::timestamptz);
END $function$;

CREATE OR REPLACE FUNCTION financial.delay_in_force(held pocket_lock, at timestamp with time zone)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE
RETURN CASE WHEN ((held).lowered_at <= at) THEN (held).lowered_hours ELSE (held).delay_hours END;

CREATE OR REPLACE FUNCTION financial.done(status integer, body jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
RETURN jsonb_build_object('outcome', 'done', 'status', status, 'body', body);

CREATE OR REPLACE FUNCTION financial.edge_near(moment timestamp with time zone)
 RETURNS timestamp without time zone
 LANGUAGE sql
 IMMUTABLE
RETURN date_trunc('month'::text, ((moment AT TIME ZONE 'UTC'::text) + '14:00:00'::interval));

CREATE OR REPLACE FUNCTION financial.encourage_member(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  race challenge%ROWTYPE;
  cheered challenge_member%ROWTYPE;
BEGIN
  SELECT * INTO race FROM hold_challenge((request ->> 'challengeId')::uuid, person);
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF EXISTS (SELECT FROM challenge_member WHERE challenge_id = race.id AND member_id = person AND joined_at IS NULL) THEN RETURN refuse('forbidden'); END IF;
  SELECT * INTO cheered FROM challenge_member
  WHERE challenge_id = race.id AND member_id = (request ->> 'memberId')::uuid AND pocket_id IS NOT NULL;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF cheered.member_id = person THEN RETURN refuse('forbidden'); END IF;
  IF race.ends_at <= at THEN RETURN refuse('challenge_ended'); END IF;

  INSERT INTO challenge_cheer (challenge_id, from_id, to_id, on_day) VALUES (race.id, person, cheered.member_id, (at AT TIME ZONE 'UTC')::date)
  ON CONFLICT (challenge_id, from_id, to_id) DO UPDATE SET on_day = excluded.on_day WHERE challenge_cheer.on_day < excluded.on_day;
  IF FOUND THEN PERFORM tell_person(cheered.member_id, 'pocket_milestone', 'pocket', cheered.pocket_id, person); END IF;
  RETURN done(204, NULL);
END $function$;

CREATE OR REPLACE FUNCTION financial.end_cover()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  UPDATE cover SET ended_at = NEW.booked_at WHERE movement_id = NEW.reverses_id;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.end_invitation(invitation pocket_invitation, ending text, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM lock_accounts(ARRAY[invitation.pocket_id]);
  SELECT * INTO STRICT invitation FROM pocket_invitation WHERE id = invitation.id;
  IF invitation.status <> ending THEN
    IF invitation.status <> 'pending' OR invitation.expires_at <= at THEN RETURN refuse('invitation_not_pending'); END IF;
    UPDATE pocket_invitation SET status = ending, decided_at = at WHERE id = invitation.id;
  END IF;
  RETURN done(200, invitation_of(invitation.id));
END $function$;

CREATE OR REPLACE FUNCTION financial.end_pocket(closing uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  UPDATE ledger_account SET status = 'closed' WHERE id = closing;
  UPDATE pocket SET closed_at = at, updated_at = at, version = version + 1 WHERE id = closing;
  UPDATE pocket_invitation SET status = 'withdrawn', decided_at = at WHERE pocket_id = closing AND status = 'pending';
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at WHERE pocket_id = closing AND status = 'pending';
END $function$;

CREATE OR REPLACE FUNCTION financial.end_rule(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  UPDATE rule SET ended_at = (request ->> 'at')::timestamptz, version = version + 1
  WHERE id = (request ->> 'ruleId')::uuid AND pocket_id = (request ->> 'pocketId')::uuid AND owner_id = (request ->> 'ownerId')::uuid
    AND ended_at IS NULL;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  RETURN done(204, NULL);
END $function$;

CREATE OR REPLACE FUNCTION financial.end_rules_with_membership()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  UPDATE rule SET ended_at = NEW.left_at, version = version + 1
  WHERE pocket_id = NEW.pocket_id AND owner_id = NEW.member_id AND ended_at IS NULL;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.end_rules_with_pocket()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  UPDATE rule SET ended_at = NEW.closed_at, version = version + 1 WHERE pocket_id = NEW.id AND ended_at IS NULL;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.ensure_account(holder uuid, account_kind text, account_currency text)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
DECLARE
  found uuid := find_account(holder, account_kind, account_currency);
BEGIN
  IF found IS NOT NULL THEN RETURN found; END IF;
  INSERT INTO ledger_account (id, owner_id, holder_id, kind, currency)
  VALUES (uuidv7(), holder, holder, account_kind, account_currency)
  ON CONFLICT (holder_id, kind, currency) DO NOTHING;
  RETURN (SELECT id FROM ledger_account WHERE holder_id = holder AND kind = account_kind AND currency = account_currency::char(3));
END $function$;

CREATE OR REPLACE FUNCTION financial.erase_person(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
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
  PERFORM FROM ledger_account
  WHERE owner_id = person OR id IN (SELECT pocket_id FROM pocket_member WHERE member_id = person AND left_at IS NULL)
  ORDER BY id FOR UPDATE;
  SELECT coalesce(jsonb_agg(blocker), '[]') INTO blockers
  FROM jsonb_array_elements(closing_blockers(person)) blocker WHERE blocker ->> 'kind' <> 'owned_shared_pocket';
  IF blockers <> '[]' THEN
    RETURN refuse('closing_blocked') || jsonb_build_object('extensions', jsonb_build_object('blockers', blockers));
  END IF;

  PERFORM leave_all_pockets(person, at);
  PERFORM forget_details(person, at);
  PERFORM put_pseudonym(person, pseudonym);
  INSERT INTO erased_person (person_hash, erased_at) VALUES (person_hash(person), at);
  RETURN done(204, NULL);
END $function$;

CREATE OR REPLACE FUNCTION financial.find_account(holder uuid, account_kind text, account_currency text)
 RETURNS uuid
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT ledger_account.id
    FROM ledger_account
   WHERE ((ledger_account.holder_id = find_account.holder) AND (ledger_account.kind = find_account.account_kind) AND (ledger_account.currency = (find_account.account_currency)::character(3)));
END;

CREATE OR REPLACE FUNCTION financial.forget_details(person uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  UPDATE pocket SET image_url = NULL, image_by = NULL, updated_at = at, version = version + 1 WHERE image_by = person;
  UPDATE pocket SET name = '', emoji = NULL, image_url = NULL, image_by = NULL, target_minor = NULL, target_date = NULL,
    monthly_minor = NULL, share_audience = NULL, share_shows_amount = false, updated_at = at, version = version + 1
  WHERE owner_id = person;
  UPDATE pocket_approval SET request = request - 'note' WHERE requester_id = person;
  DELETE FROM pocket_invitation WHERE invitee_id = person;
  DELETE FROM asked_person WHERE person IN (asker_id, asked_id);
  DELETE FROM idempotency WHERE owner_id = person;
  DELETE FROM bank_account WHERE owner_id = person;
  DELETE FROM bank_connection WHERE owner_id = person;
END $function$;

CREATE OR REPLACE FUNCTION financial.forget_preferences()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  DELETE FROM person_preference WHERE person_hash(person_id) = NEW.person_hash;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.forget_replies(at_most integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
  WITH forgotten AS (
    DELETE FROM idempotency WHERE (owner_id, operation, key) IN (
      SELECT owner_id, operation, key FROM idempotency WHERE created_at < now() - interval '8 days'
      ORDER BY created_at LIMIT at_most FOR UPDATE SKIP LOCKED)
    RETURNING 1
  )
  SELECT count(*) FROM forgotten
$function$;

CREATE OR REPLACE FUNCTION financial.free_money(person uuid, money text, bank uuid, as_told_by timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 STABLE
RETURN CASE WHEN (bank IS NULL) THEN COALESCE((SELECT (ledger_account.posted_minor - ledger_account.reserved_minor) FROM ledger_account WHERE (ledger_account.id = find_account(free_money.person, 'wallet'::text, free_money.money))), (0)::bigint) ELSE (SELECT COALESCE(bank_account.available_minor, bank_account.balance_minor) AS "coalesce" FROM bank_account WHERE ((bank_account.owner_id = free_money.person) AND (bank_account.id = free_money.bank) AND (bank_account.kind <> ALL (ARRAY['card'::text, 'loan'::text])) AND (bank_account.status = ANY (ARRAY['active'::text, 'expiring'::text])) AND (bank_account.as_of > (free_money.as_told_by - '2 days'::interval)))) END;

CREATE OR REPLACE FUNCTION financial.freedom()
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
RETURN '7 days'::interval;

CREATE OR REPLACE FUNCTION financial.freeze_of(subject uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT jsonb_build_object('frozen', (f.subject_id IS NOT NULL), 'reason', d.reason, 'decisionId', d.id, 'since', d.decided_at) AS jsonb_build_object
    FROM ((( SELECT) one
      LEFT JOIN money_freeze f ON ((f.subject_id = freeze_of.subject)))
      LEFT JOIN freeze_decision d ON ((d.id = f.decision_id)));
END;

CREATE OR REPLACE FUNCTION financial.freezes_of(person uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT COALESCE(jsonb_agg(jsonb_build_object('kind', f.subject_kind, 'subjectId', f.subject_id, 'reason', d.reason, 'decisionId', d.id, 'since', d.decided_at) ORDER BY d.decided_at, f.subject_id), '[]'::jsonb) AS "coalesce"
    FROM (money_freeze f
      JOIN freeze_decision d ON ((d.id = f.decision_id)))
   WHERE ((f.subject_id = freezes_of.person) OR (f.subject_id IN ( SELECT pocket_member.pocket_id
            FROM pocket_member
           WHERE ((pocket_member.member_id = freezes_of.person) AND (pocket_member.left_at IS NULL)))));
END;

CREATE OR REPLACE FUNCTION financial.guardian_silence()
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
RETURN '720:00:00'::interval;

CREATE OR REPLACE FUNCTION financial.guardianship_of(guardianship uuid, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT jsonb_build_object('id', g.id, 'pocketId', g.pocket_id, 'pocketName', p.name, 'pocketEmoji', p.emoji, 'ownerId', p.owner_id,
    'guardianId', g.guardian_id, 'createdAt', g.created_at,
    'status', CASE WHEN g.status IN ('pending', 'accepted') AND NOT lock_holds(p.id, at) THEN 'ended' ELSE g.status END,
    'unlockBy', l.unlock_by, 'unlockAt', l.unlock_at, 'unlockWaitsFor', l.unlock_waits_for)
  FROM pocket_guardian g JOIN pocket p ON p.id = g.pocket_id JOIN pocket_lock l ON l.pocket_id = g.pocket_id WHERE g.id = guardianship
$function$;

CREATE OR REPLACE FUNCTION financial.hand_over(shared uuid, from_owner uuid, to_owner uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  UPDATE pocket_member SET role = 'contributor' WHERE pocket_id = shared AND member_id = from_owner;
  UPDATE pocket_member SET role = 'owner' WHERE pocket_id = shared AND member_id = to_owner;
  UPDATE pocket SET owner_id = to_owner, share_audience = NULL, share_shows_amount = false, updated_at = at WHERE id = shared;
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at
  WHERE pocket_id = shared AND status = 'pending' AND kind IN ('policy', 'closing');
END $function$;

CREATE OR REPLACE FUNCTION financial.hold_challenge(named uuid, person uuid)
 RETURNS SETOF challenge
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM FROM challenge WHERE id = named FOR UPDATE;
  RETURN QUERY SELECT * FROM challenge c WHERE c.id = named
    AND EXISTS (SELECT FROM challenge_member m WHERE m.challenge_id = named AND m.member_id = person);
END $function$;

CREATE OR REPLACE FUNCTION financial.hold_for_cover(origin uuid, person uuid, named uuid, money text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  -- The wallet is there before the pocket is locked, as where money moves: so neither waits for the other in a circle.
  PERFORM pg_advisory_xact_lock(hashtextextended('cover ' || origin, 0));
  PERFORM lock_accounts(ARRAY[named,
      CASE WHEN (SELECT currency FROM pocket WHERE id = named) = money THEN ensure_account(person, 'wallet', money) END]
    || ARRAY(SELECT pocket_id FROM cover WHERE origin_id = origin AND ended_at IS NULL));
END $function$;

CREATE OR REPLACE FUNCTION financial.hold_freezable(kind text, subject uuid)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF kind = 'person' THEN
    IF subject = house() OR NOT hold_person(subject) THEN RETURN false; END IF;
    PERFORM lock_accounts(ARRAY(SELECT accounts_of(subject)));
    RETURN true;
  END IF;
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = subject));
  RETURN EXISTS (SELECT FROM pocket WHERE id = subject);
END $function$;

CREATE OR REPLACE FUNCTION financial.hold_person(person uuid)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('person ' || person, 0));
  RETURN NOT EXISTS (SELECT FROM erased_person WHERE person_hash = person_hash(person));
END $function$;

CREATE OR REPLACE FUNCTION financial.house()
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE
RETURN '00000000-0000-0000-0000-000000000000'::uuid;

CREATE OR REPLACE FUNCTION financial.in_zone_of(person uuid, pocket uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
RETURN COALESCE((SELECT jsonb_build_object('timeZone', person_preference.time_zone, 'months', months_in(in_zone_of.pocket, person_preference.time_zone)) AS jsonb_build_object FROM person_preference WHERE ((person_preference.person_id = in_zone_of.person) AND (person_preference.time_zone <> 'UTC'::text))), '{}'::jsonb);

CREATE OR REPLACE FUNCTION financial.invitation_of(invitation uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT jsonb_build_object('id', i.id, 'pocketId', i.pocket_id, 'pocketName', p.name, 'pocketEmoji', p.emoji, 'currency', p.currency, 'inviterId', i.inviter_id, 'inviteeId', i.invitee_id, 'role', i.role, 'status', i.status, 'createdAt', i.created_at, 'expiresAt', i.expires_at) AS jsonb_build_object
    FROM (pocket_invitation i
      JOIN pocket p ON ((p.id = i.pocket_id)))
   WHERE (i.id = invitation_of.invitation);
END;

CREATE OR REPLACE FUNCTION financial.invite_to_pocket(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  shared uuid := (request ->> 'pocketId')::uuid;
  invitee uuid := (request ->> 'inviteeId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  invited uuid := uuidv7();
  reply jsonb := claim_request(request, 'createInvitation');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(shared, person) IS NULL OR NOT hold_person(invitee) OR invitee = house() THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY[shared]);
  reply := refuse_manager(shared, person);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(shared, invitee) IS NOT NULL THEN RETURN refuse('already_member'); END IF;
  IF EXISTS (SELECT FROM pocket_invitation
    WHERE pocket_id = shared AND invitee_id = invitee AND status = 'pending' AND expires_at > at)
  THEN RETURN refuse('already_invited'); END IF;
  IF living_members(shared) + (SELECT count(*) FROM pocket_invitation WHERE pocket_id = shared AND status = 'pending' AND expires_at > at)
    >= most_members() THEN RETURN refuse('pocket_full'); END IF;

  INSERT INTO pocket_invitation (id, pocket_id, inviter_id, invitee_id, role, created_at, expires_at)
  VALUES (invited, shared, person, invitee, request ->> 'role', at, at + interval '14 days');
  PERFORM ask_person(invitee, invited, person, at);
  RETURN keep_reply(request, 'createInvitation', done(201, invitation_of(invited)));
END $function$;

CREATE OR REPLACE FUNCTION financial.is_free(shared uuid, person uuid, at timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT EXISTS (
    SELECT FROM pocket_member WHERE pocket_id = shared AND member_id = person AND free_from <= at AND at < free_from + freedom())
$function$;

CREATE OR REPLACE FUNCTION financial.is_in_force(held pocket_lock, balance bigint, at timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 STABLE
RETURN (COALESCE((NOT (held).amount_reached), false) AND COALESCE(((held).until > at), true) AND COALESCE((((held).unlock_at + CASE WHEN ((held).unlock_waits_for IS NULL) THEN '00:00:00'::interval ELSE guardian_silence() END) > at), true) AND COALESCE((balance < (held).until_minor), true));

CREATE OR REPLACE FUNCTION financial.is_near_edge(moment timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
RETURN ((moment AT TIME ZONE 'UTC'::text) < (edge_near(moment) + '14:00:00'::interval));

CREATE OR REPLACE FUNCTION financial.is_newcomer(asked pocket_approval)
 RETURNS boolean
 LANGUAGE sql
 STABLE
RETURN (EXISTS (SELECT FROM pocket_member WHERE ((pocket_member.pocket_id = (is_newcomer.asked).pocket_id) AND (pocket_member.member_id = (is_newcomer.asked).requester_id) AND (pocket_member.voice_from > (is_newcomer.asked).created_at))));

CREATE OR REPLACE FUNCTION financial.is_time_zone(zone text)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
BEGIN
  PERFORM beginning_of('2000-01-01', zone);
  RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN false;
END $function$;

CREATE OR REPLACE FUNCTION financial.is_weaker(wanted jsonb, present jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
RETURN ((((wanted ->> 'who'::text) = 'contributors'::text) AND ((present ->> 'who'::text) = 'owner'::text)) OR (((wanted ->> 'approvals'::text))::bigint < ((present ->> 'approvals'::text))::bigint) OR (((wanted ->> 'aboveMinor'::text))::bigint > ((present ->> 'aboveMinor'::text))::bigint));

CREATE OR REPLACE FUNCTION financial.join_challenge(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  brought uuid := (request ->> 'pocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  race challenge%ROWTYPE;
  reply jsonb;
BEGIN
  IF NOT hold_person(person) THEN RETURN refuse('not_found'); END IF;
  SELECT * INTO race FROM hold_challenge((request ->> 'challengeId')::uuid, person);
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF race.ends_at <= at THEN RETURN refuse('challenge_ended'); END IF;
  reply := refuse_entering(brought, person, race.kind);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  UPDATE challenge_member SET joined_at = coalesce(joined_at, at), pocket_id = brought WHERE challenge_id = race.id AND member_id = person;
  RETURN done(200, challenge_as_seen(race.id, person, at));
END $function$;

CREATE OR REPLACE FUNCTION financial.keep_delay(wanted pocket_lock, present pocket_lock, at timestamp with time zone)
 RETURNS pocket_lock
 LANGUAGE plpgsql
AS $function$
DECLARE
  delay smallint := delay_in_force(present, at);
BEGIN
  wanted.locked_at := present.locked_at;
  wanted.unlock_by := present.unlock_by;
  wanted.unlock_at := present.unlock_at;
  wanted.unlock_waits_for := present.unlock_waits_for;
  IF wanted.delay_hours < delay THEN
    wanted.lowered_hours := wanted.delay_hours;
    wanted.lowered_at := CASE WHEN present.lowered_at > at AND present.lowered_hours <= wanted.delay_hours
      THEN present.lowered_at ELSE at + delay * interval '1 hour' END;
    wanted.delay_hours := delay;
  END IF;
  RETURN wanted;
END $function$;

CREATE OR REPLACE FUNCTION financial.keep_reply(request jsonb, operation_name text, reply jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF request ->> 'key' IS NOT NULL THEN
    INSERT INTO idempotency (owner_id, operation, key, request_hash, status, body)
    VALUES ((request ->> 'ownerId')::uuid, operation_name, request ->> 'key', request ->> 'hash', (reply ->> 'status')::integer, reply -> 'body');
  END IF;
  RETURN reply;
END $function$;

CREATE OR REPLACE FUNCTION financial.keep_scores()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  UPDATE challenge_member m SET is_score_kept = true, kept_score = (
    SELECT standing.score FROM challenge_standings(m.challenge_id, NEW.updated_at) standing WHERE standing.member_id = m.member_id)
  FROM challenge c
  WHERE m.pocket_id = NEW.id AND NOT m.is_score_kept AND c.id = m.challenge_id AND c.ends_at <= NEW.updated_at;
  RETURN NEW;
END $function$;

CREATE OR REPLACE FUNCTION financial.keep_together(pot uuid, moves waiting_movement[])
 RETURNS TABLE(place integer, body jsonb)
 LANGUAGE plpgsql
AS $function$
BEGIN
  RETURN QUERY
  WITH booked AS (
    SELECT m.*, to_jsonb(facts) AS answer FROM unnest(moves) m JOIN movement_facts facts ON facts.id = m.id AND facts."pocketId" = pot
  ), kept AS (
    INSERT INTO idempotency (owner_id, operation, key, request_hash, status, body)
    SELECT person, operation, key, hash, 201, answer FROM booked
  )
  SELECT booked.place, answer FROM booked;
END $function$;

CREATE OR REPLACE FUNCTION financial.largest_remainder(total bigint, weights bigint[])
 RETURNS bigint[]
 LANGUAGE sql
 IMMUTABLE
AS $function$
  WITH part AS (
    SELECT place, div(total::numeric * weight, all_weights) AS whole, mod(total::numeric * weight, all_weights) AS rest
    FROM unnest(weights) WITH ORDINALITY AS given (weight, place), (SELECT sum(weight) AS all_weights FROM unnest(weights) AS weight) summed
  )
  SELECT array_agg(amount ORDER BY place) FROM (
    SELECT place, (whole + CASE WHEN row_number() OVER (ORDER BY rest DESC, place) <= total - sum(whole) OVER () THEN 1 ELSE 0 END)::bigint AS amount
    FROM part
  ) given
$function$;

CREATE OR REPLACE FUNCTION financial.last_entry(account uuid, moment timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
  low bigint := 0;
  high bigint := (SELECT entry_count FROM ledger_account WHERE id = account);
  middle bigint;
BEGIN
  WHILE low < high LOOP
    middle := (low + high + 1) / 2;
    IF (SELECT t.booked_at <= moment FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
        WHERE e.account_id = account AND e.seq = middle) THEN
      low := middle;
    ELSE
      high := middle - 1;
    END IF;
  END LOOP;
  RETURN coalesce(low, 0);
END $function$;

CREATE OR REPLACE FUNCTION financial.leave_all_pockets(person uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  owned record;
BEGIN
  FOR owned IN
    SELECT p.id, (
      SELECT member_id FROM pocket_member
      WHERE pocket_id = p.id AND member_id IN (SELECT voices_beside(p.id, person))
      ORDER BY role = 'viewer', joined_at, member_id LIMIT 1) AS heir
    FROM pocket p WHERE p.owner_id = person AND p.closed_at IS NULL
  LOOP
    IF owned.heir IS NULL THEN
      PERFORM end_pocket(owned.id, at);
    ELSE
      PERFORM hand_over(owned.id, person, owned.heir, at);
      UPDATE pocket SET version = version + 1, updated_at = at WHERE id = owned.id;
    END IF;
  END LOOP;
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at WHERE requester_id = person AND status = 'pending';
  UPDATE pocket_member SET left_at = at WHERE member_id = person AND left_at IS NULL;
  PERFORM leave_guardianships(person, at);
  PERFORM leave_challenges(person);
END $function$;

CREATE OR REPLACE FUNCTION financial.leave_challenge(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  leaver uuid := (request ->> 'memberId')::uuid;
  race challenge%ROWTYPE;
BEGIN
  SELECT * INTO race FROM hold_challenge((request ->> 'challengeId')::uuid, person);
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF leaver <> person AND race.creator_id <> person THEN RETURN refuse('forbidden'); END IF;
  IF NOT EXISTS (SELECT FROM challenge_member WHERE challenge_id = race.id AND member_id = leaver) THEN RETURN refuse('not_found'); END IF;
  PERFORM take_out_of_challenge(race.id, leaver);
  RETURN done(204, NULL);
END $function$;

CREATE OR REPLACE FUNCTION financial.leave_challenges(person uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  named uuid;
BEGIN
  FOR named IN
    SELECT id FROM challenge WHERE id IN (SELECT challenge_id FROM challenge_member WHERE member_id = person) ORDER BY id FOR UPDATE
  LOOP
    PERFORM take_out_of_challenge(named, person);
  END LOOP;
END $function$;

CREATE OR REPLACE FUNCTION financial.leave_guardianships(person uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  guarded uuid[];
BEGIN
  WITH gone AS (DELETE FROM pocket_guardian WHERE guardian_id = person RETURNING pocket_id, status)
  SELECT array_agg(pocket_id) INTO guarded FROM gone WHERE status <> 'ended';
  PERFORM stop_waiting(person, NULL, at);
  PERFORM touch_pocket(id, at) FROM pocket WHERE id = ANY (guarded);
END $function$;

CREATE OR REPLACE FUNCTION financial.leave_pocket(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  shared uuid := (request ->> 'pocketId')::uuid;
  leaver uuid := (request ->> 'memberId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  wallet uuid;
  due bigint;
  booked uuid;
  reply jsonb := claim_request(request, 'deletePocketMember');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(shared, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF leaver <> person AND member_role(shared, person) <> 'owner' THEN RETURN refuse('forbidden'); END IF;
  IF member_role(shared, leaver) IS NULL THEN RETURN refuse('not_found'); END IF;
  wallet := ensure_account(leaver, 'wallet', (SELECT currency FROM pocket WHERE id = shared));
  PERFORM lock_accounts(ARRAY[shared, wallet]);
  IF member_role(shared, leaver) IS NULL OR member_role(shared, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF leaver <> person AND member_role(shared, person) <> 'owner' THEN RETURN refuse('forbidden'); END IF;
  IF member_role(shared, leaver) = 'owner' THEN RETURN refuse('owner_must_hand_over'); END IF;

  due := (SELECT amount FROM pocket_payouts(shared) WHERE member_id = leaver);
  IF due > 0 THEN
    reply := coalesce(refuse_move(shared, wallet, due), CASE WHEN NOT is_free(shared, leaver, at) THEN refuse_locked(shared, due, at) END,
      refuse_frozen(leaver, ARRAY[shared, wallet]));
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    booked := book('payout', leaver, request ->> 'source', NULL, at, ARRAY[shared, wallet], ARRAY[-due, due]);
  END IF;
  PERFORM cancel_requests(shared, leaver, at);
  UPDATE pocket_member SET left_at = at, free_from = NULL WHERE pocket_id = shared AND member_id = leaver;
  UPDATE pocket SET version = version + 1, updated_at = at WHERE id = shared;
  RETURN keep_reply(request, 'deletePocketMember', done(200,
    member_of(shared, leaver) || jsonb_build_object('payoutMinor', due, 'movementId', booked)));
END $function$;

CREATE OR REPLACE FUNCTION financial.let_picture_go()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  PERFORM financial_jobs.add_job('dropPocketImages', json_build_object('personId', NEW.image_by, 'pocketId', NEW.id));
  NEW.image_url := NULL;
  NEW.image_by := NULL;
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $function$;

CREATE OR REPLACE FUNCTION financial.living_members(pocket uuid)
 RETURNS bigint
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT count(*) AS count
    FROM pocket_member
   WHERE ((pocket_member.pocket_id = living_members.pocket) AND (pocket_member.left_at IS NULL));
END;

CREATE OR REPLACE FUNCTION financial.lock_accounts(ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM FROM ledger_account WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
END $function$;

CREATE OR REPLACE FUNCTION financial.lock_holds(named uuid, at timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT EXISTS (
    SELECT FROM pocket_lock held JOIN pocket ON pocket.id = held.pocket_id JOIN ledger_account account ON account.id = held.pocket_id
    WHERE held.pocket_id = named AND pocket.closed_at IS NULL AND is_in_force(held, account.posted_minor, at))
$function$;

CREATE OR REPLACE FUNCTION financial.lock_of(pocket uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT jsonb_build_object('until', l.until, 'untilMinor', l.until_minor, 'delayHours', l.delay_hours, 'loweredHours', l.lowered_hours, 'loweredAt', l.lowered_at, 'amountReached', l.amount_reached, 'unlockBy', l.unlock_by, 'unlockAt', l.unlock_at, 'unlockWaitsFor', l.unlock_waits_for, 'lockedAt', l.locked_at, 'guardian', ( SELECT jsonb_build_object('guardianId', g.guardian_id, 'status', g.status) AS jsonb_build_object
            FROM pocket_guardian g
           WHERE ((g.pocket_id = l.pocket_id) AND (g.status <> 'ended'::text)))) AS jsonb_build_object
    FROM pocket_lock l
   WHERE (l.pocket_id = lock_of.pocket);
END;

CREATE OR REPLACE FUNCTION financial.lock_pocket(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  named uuid := (request ->> 'pocketId')::uuid;
  person uuid := (request ->> 'ownerId')::uuid;
  guardian uuid := (request ->> 'guardianId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  balance bigint;
  present pocket_lock%ROWTYPE;
  wanted pocket_lock%ROWTYPE;
  reply jsonb;
BEGIN
  IF guardian = house() OR NOT coalesce(hold_person(guardian), true) THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = named));
  reply := refuse_manager(named, person);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF guardian = person THEN RETURN refuse('guardian_unfit'); END IF;
  SELECT posted_minor INTO STRICT balance FROM ledger_account WHERE id = named;
  -- The guardian before the lock, as an erasure takes them.
  PERFORM FROM pocket_guardian WHERE pocket_id = named AND status <> 'ended' FOR UPDATE;
  SELECT * INTO present FROM pocket_lock WHERE pocket_id = named FOR UPDATE;
  wanted.pocket_id := named;
  wanted.until := (request ->> 'until')::timestamptz;
  wanted.until_minor := (request ->> 'untilMinor')::bigint;
  wanted.delay_hours := (request ->> 'delayHours')::smallint;
  wanted.amount_reached := false;
  wanted.locked_at := at;
  IF wanted.until <= at THEN RETURN refuse('lock_date_passed'); END IF;
  IF wanted.until_minor <= balance THEN RETURN refuse('lock_amount_reached'); END IF;

  IF is_in_force(present, balance, at) THEN
    IF opens_earlier(wanted, present) OR EXISTS (
      SELECT FROM pocket_guardian WHERE pocket_id = named AND status = 'accepted' AND guardian_id <> guardian
    ) THEN RETURN refuse('lock_not_weakened'); END IF;
    wanted := keep_delay(wanted, present, at);
    IF NOT name_guardian(named, guardian, person, at) AND wanted IS NOT DISTINCT FROM present THEN RETURN done(200, lock_of(named)); END IF;
  ELSE
    UPDATE pocket_guardian SET status = 'ended' WHERE pocket_id = named AND status <> 'ended';
    PERFORM name_guardian(named, guardian, person, at);
  END IF;
  PERFORM put_lock(wanted);
  PERFORM touch_pocket(named, at);
  RETURN done(200, lock_of(named));
END $function$;

CREATE OR REPLACE FUNCTION financial.may_tell(teller uuid, person uuid, at timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
BEGIN
  INSERT INTO asked_person AS kept (asker_id, asked_id, on_day, times) VALUES (teller, person, day_in('UTC', at), 1)
  ON CONFLICT (asker_id, asked_id) DO UPDATE
  SET on_day = excluded.on_day, times = CASE WHEN kept.on_day = excluded.on_day THEN kept.times + 1 ELSE 1 END
  WHERE kept.on_day <> excluded.on_day OR kept.times < 10;
  RETURN FOUND;
END $function$;

CREATE OR REPLACE FUNCTION financial.member_of(pocket uuid, person uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT jsonb_build_object('memberId', m.member_id, 'role', m.role, 'contributedMinor', m.contributed_minor, 'withdrawnMinor', m.withdrawn_minor, 'currency', p.currency, 'joinedAt', m.joined_at, 'votesFrom', m.voice_from) AS jsonb_build_object
    FROM (pocket_member m
      JOIN pocket p ON ((p.id = m.pocket_id)))
   WHERE ((m.pocket_id = member_of.pocket) AND (m.member_id = member_of.person));
END;

CREATE OR REPLACE FUNCTION financial.member_role(pocket uuid, person uuid)
 RETURNS text
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT pocket_member.role
    FROM pocket_member
   WHERE ((pocket_member.pocket_id = member_role.pocket) AND (pocket_member.member_id = member_role.person) AND (pocket_member.left_at IS NULL));
END;

CREATE OR REPLACE FUNCTION financial.milestones_of(pocket uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT COALESCE(jsonb_agg(jsonb_build_object('percent', m.percent, 'reachedAt', m.reached_at) ORDER BY m.percent), '[]'::jsonb) AS "coalesce"
    FROM (pocket goal
      JOIN pocket_milestone m ON (((m.pocket_id = goal.id) AND (m.cycle = goal.goal_cycle))))
   WHERE (goal.id = milestones_of.pocket);
END;

CREATE OR REPLACE FUNCTION financial.money_json(amount bigint, currency text)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
RETURN CASE WHEN (amount IS NOT NULL) THEN jsonb_build_object('amountMinor', amount, 'currency', currency) ELSE NULL::jsonb END;

CREATE OR REPLACE FUNCTION financial.months_in(pocket uuid, zone text)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  WITH kept AS (
    SELECT month, net_minor FROM pocket_month WHERE pocket_id = months_in.pocket ORDER BY month DESC LIMIT 6
  ), moved AS (
    SELECT edge.month, CASE WHEN edge.quarter < 0 THEN edge.net_minor ELSE -edge.net_minor END AS net_minor
    FROM pocket_month_edge edge
    WHERE edge.pocket_id = months_in.pocket AND edge.month >= (SELECT min(month) FROM kept)
      AND (edge.quarter < 0) <> (edge.quarter < extract(epoch FROM beginning_of(edge.month, zone) - beginning_of(edge.month, 'UTC')) / 900)
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object('month', to_char(month, 'YYYY-MM'), 'netMinor', net) ORDER BY month DESC), '[]') FROM (
    SELECT month, sum(net_minor) AS net FROM (
      SELECT * FROM kept UNION ALL SELECT * FROM moved UNION ALL SELECT (month - interval '1 month')::date, -net_minor FROM moved) part
    GROUP BY month ORDER BY month DESC LIMIT 5) newest
$function$;

CREATE OR REPLACE FUNCTION financial.most_challenges()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
RETURN 20;

CREATE OR REPLACE FUNCTION financial.most_members()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
RETURN 200;

CREATE OR REPLACE FUNCTION financial.most_rules()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
RETURN 20;

CREATE OR REPLACE FUNCTION financial.move_money(request jsonb, operation_name text, transaction_kind text, from_pocket uuid, to_pocket uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'amountMinor')::bigint;
  money text := request ->> 'currency';
  at timestamptz := (request ->> 'at')::timestamptz;
  sides uuid[];
  named uuid;
  needed integer;
  reply jsonb := claim_request(request, operation_name);
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF amount IS NULL OR amount < 1 THEN RAISE EXCEPTION 'a movement needs a positive amount'; END IF;
  FOREACH named IN ARRAY array_remove(ARRAY[from_pocket, to_pocket], NULL) LOOP
    IF member_role(named, person) IS NULL THEN RETURN refuse('not_found'); END IF;
    IF (SELECT currency FROM pocket WHERE id = named) <> money THEN RETURN refuse('fx_not_supported'); END IF;
  END LOOP;
  IF from_pocket = to_pocket THEN RETURN refuse('same_pocket'); END IF;

  sides := sides_of_move(person, money, from_pocket, to_pocket);
  IF sides[1] IS NULL THEN RETURN refuse('insufficient_funds'); END IF;
  PERFORM lock_accounts(sides);
  reply := refuse_carrying(person, amount, at, from_pocket, to_pocket, sides);
  IF reply IS NOT NULL THEN RETURN reply; END IF;

  IF amount > (SELECT approvals_above_minor FROM pocket WHERE id = from_pocket) THEN
    needed := approvals_in_force(from_pocket, person);
    IF needed > 0 THEN
      RETURN keep_reply(request, operation_name, done(202, ask_approval(from_pocket, person,
        CASE WHEN to_pocket IS NULL THEN 'withdrawal' ELSE 'transfer' END,
        jsonb_build_object('amountMinor', amount, 'currency', money, 'note', request -> 'note', 'toPocketId', to_pocket, 'source', request -> 'source'),
        needed, at)));
    END IF;
  END IF;
  named := book(transaction_kind, person, request ->> 'source', request ->> 'note', at, sides, ARRAY[-amount, amount]);
  RETURN keep_reply(request, operation_name, done(201, movement_of(named, coalesce(from_pocket, to_pocket))));
END $function$;

CREATE OR REPLACE FUNCTION financial.move_together(request jsonb)
 RETURNS TABLE(place integer, refusal jsonb, body jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  pot uuid := (request ->> 'pocketId')::uuid;
  plain waiting_movement[];
BEGIN
  PERFORM FROM ledger_account WHERE id = pot AND kind = 'pocket' FOR NO KEY UPDATE;
  plain := plain_together(pot, claim_together(request -> 'movements'));
  IF cardinality(plain) > 0 THEN RETURN QUERY SELECT * FROM carry_together(pot, plain); END IF;
END $function$;

CREATE OR REPLACE FUNCTION financial.movement_of(transaction_id uuid, pocket_id uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT to_jsonb(movement.*) AS to_jsonb
    FROM movement_facts movement
   WHERE ((movement.id = movement_of.transaction_id) AND (movement."pocketId" = movement_of.pocket_id));
END;

CREATE OR REPLACE FUNCTION financial.name_guardian(named uuid, guardian uuid, person uuid, at timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
DECLARE
  asked uuid := uuidv7();
BEGIN
  IF guardian IS NULL OR EXISTS (
    SELECT FROM pocket_guardian WHERE pocket_id = named AND guardian_id = guardian AND status IN ('pending', 'accepted')
  ) THEN RETURN false; END IF;
  UPDATE pocket_guardian SET status = 'ended' WHERE pocket_id = named AND status <> 'ended';
  INSERT INTO pocket_guardian (id, pocket_id, guardian_id, created_at) VALUES (asked, named, guardian, at);
  PERFORM ask_person(guardian, asked, person, at);
  RETURN true;
END $function$;

CREATE OR REPLACE FUNCTION financial.note_bank_transactions(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.note_milestones(pocket uuid, before_minor bigint, after_minor bigint, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  reached smallint;
BEGIN
  FOR reached IN
    INSERT INTO pocket_milestone (pocket_id, cycle, percent, reached_at)
    SELECT goal.id, goal.goal_cycle, quarter.percent, at
    FROM pocket goal, unnest('{25,50,75,100}'::smallint[]) AS quarter (percent)
    WHERE goal.id = note_milestones.pocket
      AND before_minor * 100 < goal.target_minor * quarter.percent AND after_minor * 100 >= goal.target_minor * quarter.percent
    ON CONFLICT DO NOTHING RETURNING percent
  LOOP
    PERFORM tell_person(member_id, 'pocket_milestone', 'pocket', pocket_id)
    FROM pocket_member WHERE pocket_id = note_milestones.pocket AND left_at IS NULL;
  END LOOP;
END $function$;

CREATE OR REPLACE FUNCTION financial.note_month_edge()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO pocket_month_edge (pocket_id, month, quarter, net_minor)
  SELECT pocket.id, edge_near(NEW.booked_at)::date, quarter_from_edge(NEW.booked_at), entry.amount_minor
  FROM ledger_entry entry JOIN pocket ON pocket.id = entry.account_id WHERE entry.transaction_id = NEW.id
  ON CONFLICT (pocket_id, month, quarter) DO UPDATE SET net_minor = pocket_month_edge.net_minor + excluded.net_minor;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.note_refunds(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  news record;
BEGIN
  FOR news IN
    SELECT told.* FROM jsonb_to_recordset(request -> 'transactions')
      AS told (id uuid, kind text, "accountId" uuid, "amountMinor" bigint, currency text, "bookedOn" date, "possibleDuplicate" boolean)
    WHERE told.kind IN ('income', 'refund') AND told."possibleDuplicate" IS NOT TRUE
  LOOP
    UPDATE cover SET refund_id = news.id WHERE id = (
      SELECT cover.id FROM cover JOIN ledger_transaction booked ON booked.id = cover.movement_id
        JOIN ledger_entry entry ON entry.transaction_id = booked.id AND entry.account_id = cover.pocket_id
      WHERE cover.account_id = news."accountId" AND cover.ended_at IS NULL AND cover.refund_id IS NULL
        AND booked.owner_id = (request ->> 'personId')::uuid AND cover.booked_on <= news."bookedOn"
        AND entry.amount_minor = -abs(news."amountMinor") AND entry.currency = news.currency::char(3)
      ORDER BY cover.id LIMIT 1)
    AND NOT EXISTS (SELECT FROM cover WHERE refund_id = news.id);
  END LOOP;
  RETURN done(204, NULL);
END $function$;

CREATE OR REPLACE FUNCTION financial.occurrence_after(every text, day integer, first_on date, after date)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE
RETURN CASE WHEN ((every = 'month'::text) AND (day_of_month(after, day) > after)) THEN day_of_month(after, day) WHEN (every = 'month'::text) THEN day_of_month(((date_trunc('month'::text, (after)::timestamp without time zone) + '1 mon'::interval))::date, day) WHEN ((every = 'fortnight'::text) AND (first_on > after)) THEN first_on WHEN ((every = 'fortnight'::text) AND (first_on IS NOT NULL)) THEN (first_on + (14 * (((after - first_on) / 14) + 1))) ELSE ((after + 1) + (((day - (EXTRACT(isodow FROM after))::integer) + 6) % 7)) END;

CREATE OR REPLACE FUNCTION financial.open_due_rules(at timestamp with time zone, older_than timestamp with time zone, at_most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.open_pocket(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'openingMinor')::bigint;
  from_pocket uuid := (request ->> 'fromPocketId')::uuid;
  money text := request ->> 'currency';
  at timestamptz := (request ->> 'at')::timestamptz;
  giver uuid;
  opened uuid := uuidv7();
  reply jsonb := claim_request(request, 'createPocket');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF (request ->> 'targetDate')::date <= coalesce((request ->> 'today')::date, day_in(zone_of(person), at)) THEN
    RETURN refuse('target_date_passed');
  END IF;
  IF request -> 'disagreement' IS NOT NULL THEN
    RETURN refuse('plan_inconsistent', request #>> '{disagreement,detail}')
      || jsonb_build_object('extensions', jsonb_build_object('feasible', request #> '{disagreement,feasible}'));
  END IF;
  IF amount IS NOT NULL THEN
    IF amount < 1 THEN RAISE EXCEPTION 'opening money needs a positive amount'; END IF;
    IF from_pocket IS NOT NULL THEN
      IF member_role(from_pocket, person) IS NULL THEN RETURN refuse('not_found'); END IF;
      IF (SELECT currency FROM pocket WHERE id = from_pocket) <> money THEN RETURN refuse('fx_not_supported'); END IF;
    END IF;
    giver := coalesce(from_pocket, find_account(person, 'wallet', money));
    PERFORM lock_accounts(ARRAY[giver]);
    reply := refuse_opening(person, from_pocket, giver, amount, at);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;

  INSERT INTO ledger_account (id, owner_id, holder_id, kind, currency) VALUES (opened, person, opened, 'pocket', money);
  INSERT INTO pocket (id, owner_id, name, emoji, currency, target_minor, target_date, monthly_minor, goal_derived, visibility, created_at, updated_at)
  VALUES (opened, person, request ->> 'name', request ->> 'emoji', money, (request ->> 'targetMinor')::bigint,
    (request ->> 'targetDate')::date, (request ->> 'monthlyMinor')::bigint, request ->> 'derived', request ->> 'visibility', at, at);
  INSERT INTO pocket_member (pocket_id, member_id, role, joined_at) VALUES (opened, person, 'owner', at);
  IF amount IS NOT NULL THEN
    PERFORM book('opening', person, request ->> 'source', NULL, at, ARRAY[giver, opened], ARRAY[-amount, amount]);
  END IF;
  RETURN keep_reply(request, 'createPocket', done(201, pocket_as_seen(opened, person)));
END $function$;

CREATE OR REPLACE FUNCTION financial.open_rule_run(of_rule uuid, event text, of_transaction uuid, basis bigint, on_day date, due timestamp with time zone)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
DECLARE
  opened uuid;
BEGIN
  INSERT INTO rule_run (id, rule_id, source_event_id, transaction_id, basis_minor, occurred_on, due_at)
  VALUES (uuidv7(), of_rule, event, of_transaction, basis, on_day, due)
  ON CONFLICT DO NOTHING RETURNING id INTO opened;
  RETURN opened;
END $function$;

CREATE OR REPLACE FUNCTION financial.opens_earlier(wanted pocket_lock, held pocket_lock)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
RETURN (COALESCE(((wanted).until < COALESCE((held).until, 'infinity'::timestamp with time zone)), false) OR COALESCE(((wanted).until_minor < COALESCE((held).until_minor, (balance_limit() + 1))), false));

CREATE OR REPLACE FUNCTION financial.pay_everybody(closing uuid, person uuid, cause text, at timestamp with time zone, locked uuid[])
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  account ledger_account%ROWTYPE;
  wallets uuid[];
  amounts bigint[];
  booked uuid;
  reply jsonb;
BEGIN
  SELECT * INTO STRICT account FROM ledger_account WHERE id = closing;
  IF account.status = 'closed' THEN RETURN refuse('pocket_closed'); END IF;
  IF account.posted_minor > 0 THEN
    SELECT array_agg(find_account(due.member_id, 'wallet', account.currency)), array_agg(due.amount) INTO wallets, amounts
    FROM pocket_payouts(closing) due WHERE due.amount > 0;
    -- Somebody is due money only since the accounts were locked: the same request finds them next time.
    IF array_position(wallets, NULL) IS NOT NULL OR NOT wallets <@ locked THEN RETURN refuse('conflict'); END IF;
    IF EXISTS (SELECT FROM unnest(wallets, amounts) AS payee (id, amount) JOIN ledger_account wallet USING (id)
      WHERE wallet.posted_minor + wallet.incoming_minor + payee.amount > balance_limit())
    THEN RETURN refuse('balance_limit_exceeded'); END IF;
    reply := coalesce(refuse_locked(closing, account.posted_minor, at), refuse_frozen(person, ARRAY[closing]));
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    booked := book('payout', person, cause, NULL, at, closing || wallets, -account.posted_minor || amounts);
  END IF;
  PERFORM end_pocket(closing, at);
  RETURN done(200, jsonb_build_object('id', booked));
END $function$;

CREATE OR REPLACE FUNCTION financial.period_beginning(period text, on_day date)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE
RETURN (date_trunc(period, (on_day)::timestamp without time zone))::date;

CREATE OR REPLACE FUNCTION financial.person_hash(person uuid)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE
RETURN sha256(uuid_send(person));

CREATE OR REPLACE FUNCTION financial.plain_together(pot uuid, claimed waiting_movement[])
 RETURNS waiting_movement[]
 LANGUAGE plpgsql
AS $function$
DECLARE
  held uuid[] := ARRAY(
    SELECT id FROM ledger_account
    WHERE holder_id IN (SELECT person FROM unnest(claimed)) AND kind = 'wallet' AND status = 'open'
      AND currency = (SELECT currency FROM pocket WHERE id = pot)
    FOR NO KEY UPDATE SKIP LOCKED);
BEGIN
  -- A statement of its own: it sees whatever was committed before the accounts were held.
  RETURN ARRAY(
    SELECT ROW(m.place, m.operation, m.person, m.currency, m.amount, m.key, m.hash, m.note, m.source,
      (SELECT booking_time(max(asked.at), held || pot) FROM unnest(claimed) asked), wallet.id, uuidv7())::waiting_movement
    FROM unnest(claimed) m
    JOIN pocket p ON p.id = pot AND p.closed_at IS NULL AND p.currency = m.currency
    JOIN pocket_member member ON member.pocket_id = pot AND member.member_id = m.person AND member.left_at IS NULL AND member.role <> 'viewer'
    JOIN ledger_account wallet ON wallet.holder_id = m.person AND wallet.kind = 'wallet' AND wallet.currency = p.currency AND wallet.id = ANY (held)
    WHERE NOT EXISTS (SELECT FROM idempotency kept WHERE (kept.owner_id, kept.operation, kept.key) = (m.person, m.operation, m.key))
      AND NOT EXISTS (SELECT FROM money_freeze WHERE subject_id IN (pot, m.person, wallet.id))
      AND (m.amount > 0 OR (p.withdraw_who <> 'owner' OR member.role = 'owner') AND (p.approvals = 0 OR -m.amount <= p.approvals_above_minor)
        AND NOT EXISTS (SELECT FROM pocket_lock WHERE pocket_id = pot))
    ORDER BY m.place);
END $function$;

CREATE OR REPLACE FUNCTION financial.pocket_as_seen(pocket uuid, person uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT to_jsonb(facts) || jsonb_build_object('viewerId', person, 'viewerRole', member_role(pocket, person)) || in_zone_of(person, facts.id)
  FROM pocket_facts facts WHERE id = pocket;
$function$;

CREATE OR REPLACE FUNCTION financial.pocket_currency(pocket_id uuid, person uuid)
 RETURNS text
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT ledger_account.currency
    FROM ledger_account
   WHERE ((ledger_account.id = pocket_currency.pocket_id) AND (ledger_account.owner_id = pocket_currency.person) AND (ledger_account.kind = 'pocket'::text));
END;

CREATE OR REPLACE FUNCTION financial.pocket_history(pocket_id uuid, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
RETURN pocket_history(pocket_id, at, 'UTC'::text);

CREATE OR REPLACE FUNCTION financial.pocket_history(pocket_id uuid, at timestamp with time zone, zone text)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  WITH span AS (
    SELECT day_in(zone, created_at) AS first, day_in(zone, coalesce(closed_at, at)) AS last FROM pocket WHERE id = pocket_id
  ), step AS (
    SELECT first, last, CASE WHEN last - first < 200 THEN 'day' WHEN last - first < 1400 THEN 'week' ELSE 'month' END AS unit FROM span
  ), point AS (
    SELECT (last - n * ('1 ' || unit)::interval)::date AS day FROM step, generate_series(0, 199) n
    WHERE (last - n * ('1 ' || unit)::interval)::date >= first
  )
  SELECT jsonb_build_object('step', (SELECT unit FROM step), 'points', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('day', day, 'balanceMinor',
      balance_at(pocket_id, beginning_of(day + 1, zone) - interval '1 millisecond')) ORDER BY day), '[]') FROM point));
$function$;

CREATE OR REPLACE FUNCTION financial.pocket_payouts(pocket uuid)
 RETURNS TABLE(member_id uuid, amount bigint)
 LANGUAGE sql
 STABLE
AS $function$
  WITH share AS (
    SELECT m.member_id, m.role, m.joined_at, greatest(m.contributed_minor - m.withdrawn_minor, 0)::numeric AS own
    FROM pocket_member m WHERE m.pocket_id = pocket AND m.left_at IS NULL
  ), pot AS (
    SELECT nullif(sum(own), 0) AS owned, a.posted_minor::numeric AS held, least(sum(own), a.posted_minor) AS paid
    FROM share, ledger_account a WHERE a.id = pocket GROUP BY a.posted_minor
  ), part AS (
    SELECT share.*, pot.*, coalesce(div(own * paid, owned), 0) AS whole, coalesce(mod(own * paid, owned), 0) AS rest FROM share, pot
  )
  SELECT member_id, (whole
    + CASE WHEN row_number() OVER (ORDER BY rest DESC, joined_at, member_id) <= paid - sum(whole) OVER () THEN 1 ELSE 0 END
    + CASE role WHEN 'owner' THEN held - paid ELSE 0 END)::bigint
  FROM part
$function$;

CREATE OR REPLACE FUNCTION financial.pockets_of_rule(home uuid, settings jsonb)
 RETURNS uuid[]
 LANGUAGE sql
 IMMUTABLE
RETURN (SELECT array_agg(DISTINCT pocket.named ORDER BY pocket.named) AS array_agg FROM (SELECT pockets_of_rule.home AS named UNION ALL SELECT ((part.value ->> 'pocketId'::text))::uuid AS uuid FROM jsonb_array_elements((pockets_of_rule.settings -> 'parts'::text)) part(value) UNION ALL SELECT (id.value)::uuid AS id FROM jsonb_array_elements_text((pockets_of_rule.settings -> 'pocketIds'::text)) id(value)) pocket);

CREATE OR REPLACE FUNCTION financial.policy_of(pocket_id uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT jsonb_build_object('who', p.withdraw_who, 'approvals', p.approvals, 'aboveMinor', p.approvals_above_minor) AS jsonb_build_object
    FROM pocket p
   WHERE (p.id = policy_of.pocket_id);
END;

CREATE OR REPLACE FUNCTION financial.preview_rule(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.put_lock(wanted pocket_lock)
 RETURNS void
 LANGUAGE sql
AS $function$
  INSERT INTO pocket_lock SELECT wanted.*
  ON CONFLICT (pocket_id) DO UPDATE SET until = excluded.until, until_minor = excluded.until_minor, delay_hours = excluded.delay_hours,
    lowered_hours = excluded.lowered_hours, lowered_at = excluded.lowered_at, amount_reached = excluded.amount_reached,
    unlock_by = excluded.unlock_by, unlock_at = excluded.unlock_at, unlock_waits_for = excluded.unlock_waits_for, locked_at = excluded.locked_at
$function$;

CREATE OR REPLACE FUNCTION financial.put_preferences(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
BEGIN
  IF NOT hold_person(person) THEN RETURN refuse('forbidden'); END IF;
  IF NOT is_time_zone(request ->> 'timeZone') THEN RETURN refuse('time_zone_unknown'); END IF;
  INSERT INTO person_preference (person_id, time_zone, updated_at)
  VALUES (person, request ->> 'timeZone', (request ->> 'at')::timestamptz)
  ON CONFLICT (person_id) DO UPDATE SET time_zone = excluded.time_zone, updated_at = excluded.updated_at;
  RETURN done(200, jsonb_build_object('timeZone', zone_of(person)));
END $function$;

CREATE OR REPLACE FUNCTION financial.put_pseudonym(person uuid, pseudonym uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM set_config('financial.erasure', person || ' ' || pseudonym, true);
  UPDATE ledger_entry SET owner_id = pseudonym WHERE account_id IN (SELECT id FROM ledger_account WHERE owner_id = person);
  UPDATE ledger_transaction SET owner_id = pseudonym, note = NULL WHERE owner_id = person;
  UPDATE pocket_month SET owner_id = pseudonym WHERE pocket_id IN (SELECT id FROM ledger_account WHERE owner_id = person);
  UPDATE pocket SET owner_id = pseudonym WHERE owner_id = person;
  UPDATE pocket_member SET member_id = pseudonym WHERE member_id = person;
  UPDATE pocket_invitation SET inviter_id = pseudonym WHERE inviter_id = person;
  UPDATE pocket_approval SET requester_id = pseudonym WHERE requester_id = person;
  UPDATE pocket_approval_vote SET member_id = pseudonym WHERE member_id = person;
  UPDATE freeze_decision SET subject_id = pseudonym WHERE subject_id = person;
  UPDATE money_freeze SET subject_id = pseudonym WHERE subject_id = person;
  UPDATE transfer SET owner_id = pseudonym WHERE owner_id = person;
  UPDATE ledger_account SET owner_id = pseudonym, holder_id = CASE holder_id WHEN person THEN pseudonym ELSE holder_id END
  WHERE owner_id = person;
  PERFORM set_config('financial.erasure', '', true);
END $function$;

CREATE OR REPLACE FUNCTION financial.quarter_from_edge(moment timestamp with time zone)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE
RETURN floor((EXTRACT(epoch FROM ((moment AT TIME ZONE 'UTC'::text) - edge_near(moment))) / (900)::numeric));

CREATE OR REPLACE FUNCTION financial.refuse(code text, detail text DEFAULT NULL::text)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
RETURN jsonb_build_object('outcome', 'refused', 'code', code, 'detail', detail);

CREATE OR REPLACE FUNCTION financial.refuse_adjusting(account_id uuid, change bigint, money text)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  account ledger_account%ROWTYPE;
BEGIN
  SELECT * INTO STRICT account FROM ledger_account WHERE id = account_id;
  IF account.currency <> money THEN RETURN refuse('fx_not_supported'); END IF;
  IF account.status = 'closed' THEN RETURN refuse('pocket_closed'); END IF;
  IF account.kind NOT IN ('wallet', 'pocket') THEN RETURN NULL; END IF;
  IF account.posted_minor - account.reserved_minor + change < 0 THEN RETURN refuse('insufficient_funds'); END IF;
  IF account.posted_minor + account.incoming_minor + change > balance_limit() THEN RETURN refuse('balance_limit_exceeded'); END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_all_but_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_by_caps(owned rule, total bigint, on_day date, as_told_by timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_carrying(person uuid, amount bigint, at timestamp with time zone, from_pocket uuid, to_pocket uuid, sides uuid[])
 RETURNS jsonb
 LANGUAGE sql
RETURN COALESCE(CASE WHEN (from_pocket IS NOT NULL) THEN refuse_member(from_pocket, person, true) ELSE NULL::jsonb END, CASE WHEN (to_pocket IS NOT NULL) THEN refuse_member(to_pocket, person, false) ELSE NULL::jsonb END, refuse_move((sides)[1], (sides)[2], amount), CASE WHEN (from_pocket IS NOT NULL) THEN refuse_locked(from_pocket, amount, at) ELSE NULL::jsonb END, refuse_frozen(person, sides));

CREATE OR REPLACE FUNCTION financial.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_entering(named uuid, person uuid, race text)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  brought pocket%ROWTYPE;
BEGIN
  IF member_role(named, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  SELECT * INTO STRICT brought FROM pocket WHERE id = named;
  IF brought.owner_id <> person THEN RETURN refuse('forbidden'); END IF;
  IF brought.closed_at IS NOT NULL THEN RETURN refuse('pocket_closed'); END IF;
  IF race = 'percent' AND brought.target_minor IS NULL THEN RETURN refuse('challenge_pocket_unfit'); END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_frozen(person uuid, accounts uuid[])
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF EXISTS (SELECT FROM money_freeze WHERE subject_id = ANY (accounts || person)) THEN RETURN refuse('money_frozen'); END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_lent(person uuid, settings jsonb, caps jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
RETURN CASE WHEN (EXISTS (SELECT FROM bank_account WHERE ((bank_account.owner_id = refuse_lent.person) AND (bank_account.id = ANY (ARRAY[((refuse_lent.settings ->> 'accountId'::text))::uuid, ((refuse_lent.caps ->> 'minRemainingAccountId'::text))::uuid])) AND (bank_account.kind = ANY (ARRAY['card'::text, 'loan'::text]))))) THEN refuse('rule_setting_unfit'::text, 'A card or a loan holds no money.'::text) ELSE NULL::jsonb END;

CREATE OR REPLACE FUNCTION financial.refuse_locked(pocket uuid, amount bigint, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  held pocket_lock%ROWTYPE;
  balance bigint;
BEGIN
  SELECT * INTO held FROM pocket_lock WHERE pocket_id = pocket;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT posted_minor INTO STRICT balance FROM ledger_account WHERE id = pocket;
  IF is_in_force(held, balance, at) THEN RETURN refuse('pocket_locked'); END IF;
  IF held.until_minor <= balance AND NOT held.amount_reached THEN UPDATE pocket_lock SET amount_reached = true WHERE pocket_id = pocket; END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_manager(pocket_id uuid, person uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  held text := member_role(pocket_id, person);
BEGIN
  IF held IS NULL THEN RETURN refuse('not_found'); END IF;
  IF held <> 'owner' THEN RETURN refuse('forbidden'); END IF;
  IF EXISTS (SELECT FROM pocket WHERE id = pocket_id AND closed_at IS NOT NULL) THEN RETURN refuse('pocket_closed'); END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_member(pocket_id uuid, person uuid, takes boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  held text := member_role(pocket_id, person);
BEGIN
  IF held IS NULL THEN RETURN refuse('not_found'); END IF;
  IF held = 'viewer' THEN RETURN refuse('forbidden'); END IF;
  IF takes AND held <> 'owner' AND EXISTS (SELECT FROM pocket WHERE id = pocket_id AND withdraw_who = 'owner') THEN
    RETURN refuse('forbidden');
  END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_move(from_id uuid, to_id uuid, amount bigint)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  giver ledger_account%ROWTYPE;
  taker ledger_account%ROWTYPE;
BEGIN
  SELECT * INTO STRICT giver FROM ledger_account WHERE id = from_id;
  SELECT * INTO STRICT taker FROM ledger_account WHERE id = to_id;
  IF 'closed' IN (giver.status, taker.status) THEN RETURN refuse('pocket_closed'); END IF;
  IF giver.posted_minor - giver.reserved_minor < amount THEN RETURN refuse('insufficient_funds'); END IF;
  IF taker.posted_minor + taker.incoming_minor + amount > balance_limit() THEN RETURN refuse('balance_limit_exceeded'); END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_opening(person uuid, from_pocket uuid, giver uuid, amount bigint, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  account ledger_account%ROWTYPE;
  reply jsonb := CASE WHEN from_pocket IS NOT NULL THEN refuse_member(from_pocket, person, true) END;
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  SELECT * INTO account FROM ledger_account WHERE id = giver;
  IF account.status = 'closed' THEN RETURN refuse('pocket_closed'); END IF;
  IF coalesce(account.posted_minor - account.reserved_minor < amount, true) THEN RETURN refuse('insufficient_funds'); END IF;
  IF from_pocket IS NOT NULL THEN
    reply := refuse_locked(from_pocket, amount, at);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  reply := refuse_frozen(person, ARRAY[giver]);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF amount > (SELECT approvals_above_minor FROM pocket WHERE id = from_pocket) AND approvals_in_force(from_pocket, person) > 0 THEN
    RETURN refuse('approval_needed');
  END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_reversal(person uuid, giver uuid, taker uuid, amount bigint, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  held text := member_role(giver, person);
  reply jsonb;
BEGIN
  IF EXISTS (SELECT FROM pocket WHERE id = giver) THEN
    IF held IS NULL THEN RETURN refuse('not_found'); END IF;
    IF EXISTS (SELECT FROM voices_beside(giver, person)) AND (
      amount > (SELECT contributed_minor - withdrawn_minor FROM pocket_member WHERE pocket_id = giver AND member_id = person)
      OR EXISTS (
        SELECT FROM pocket_member other JOIN pocket_payouts(giver) due USING (member_id)
        WHERE other.pocket_id = giver AND other.member_id <> person AND due.amount < other.contributed_minor - other.withdrawn_minor))
    THEN RETURN refuse('own_share_exceeded'); END IF;
    reply := refuse_locked(giver, amount, at);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  IF EXISTS (SELECT FROM pocket WHERE id = taker) THEN
    reply := refuse_member(taker, person, false);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  RETURN coalesce(refuse_move(giver, taker, amount), refuse_frozen(person, ARRAY[giver, taker]));
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_rule(person uuid, money text, pockets uuid[], banks uuid[], zone text)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.refuse_unlocking(named uuid, person uuid, at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
DECLARE
  member pocket_member%ROWTYPE;
  held pocket_lock%ROWTYPE;
BEGIN
  SELECT * INTO member FROM pocket_member WHERE pocket_id = named AND member_id = person AND left_at IS NULL;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF member.role = 'viewer' AND member.contributed_minor <= member.withdrawn_minor THEN RETURN refuse('forbidden'); END IF;
  SELECT * INTO held FROM pocket_lock WHERE pocket_id = named;
  IF NOT FOUND OR NOT is_in_force(held, (SELECT posted_minor FROM ledger_account WHERE id = named), at) THEN
    RETURN refuse('pocket_not_locked');
  END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.replay_cover(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  RETURN coalesce(claim_request(request, 'coverTransaction'), done(204, NULL));
END $function$;

CREATE OR REPLACE FUNCTION financial.reverse_movement(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  original ledger_transaction%ROWTYPE;
  giver ledger_entry%ROWTYPE;
  taker ledger_entry%ROWTYPE;
  viewed uuid;
  reversal uuid;
  reply jsonb := claim_request(request, 'reverseMovement');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  -- Only what touched a pocket is a movement to the person, and only while they are a member of it.
  SELECT * INTO original FROM ledger_transaction
  WHERE id = (request ->> 'movementId')::uuid AND owner_id = person AND transfer_id IS NULL AND kind <> 'opening_balance';
  IF NOT FOUND OR EXISTS (
    SELECT FROM ledger_entry JOIN pocket ON pocket.id = account_id
    WHERE transaction_id = original.id AND member_role(pocket.id, person) IS NULL
  ) THEN RETURN refuse('not_found'); END IF;
  IF original.kind NOT IN ('contribution', 'pocket_withdrawal', 'pocket_transfer') THEN RETURN refuse('movement_not_reversible'); END IF;
  SELECT * INTO STRICT taker FROM ledger_entry WHERE transaction_id = original.id AND amount_minor < 0;
  SELECT * INTO STRICT giver FROM ledger_entry WHERE transaction_id = original.id AND amount_minor > 0;

  PERFORM lock_accounts(ARRAY[giver.account_id, taker.account_id]);
  IF EXISTS (SELECT FROM ledger_transaction WHERE reverses_id = original.id) THEN RETURN refuse('movement_already_reversed'); END IF;
  reply := refuse_reversal(person, giver.account_id, taker.account_id, giver.amount_minor, at);
  IF reply IS NOT NULL THEN RETURN reply; END IF;

  reversal := book('reversal', person, request ->> 'source', NULL, at,
    ARRAY[giver.account_id, taker.account_id], ARRAY[-giver.amount_minor, giver.amount_minor], original.id);
  SELECT id INTO viewed FROM ledger_account
  WHERE id IN (giver.account_id, taker.account_id) AND kind = 'pocket' ORDER BY id = taker.account_id DESC LIMIT 1;
  RETURN keep_reply(request, 'reverseMovement', done(201, movement_of(reversal, viewed)));
END $function$;

CREATE OR REPLACE FUNCTION financial.rfc3339(at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN to_char((at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text);

CREATE OR REPLACE FUNCTION financial.rule_of(rule_id uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT jsonb_build_object('id', r.id, 'pocketId', r.pocket_id, 'ownerId', r.owner_id, 'kind', r.kind, 'currency', r.currency, 'settings', r.settings, 'caps', r.caps, 'priority', r.priority, 'timeZone', r.time_zone, 'every', r.every, 'day', r.day, 'nextOn', r.next_on, 'pausedUntil', r.paused_until, 'version', r.version, 'createdAt', r.created_at, 'updatedAt', r.updated_at) AS jsonb_build_object
    FROM rule r
   WHERE (r.id = rule_of.rule_id);
END;

CREATE OR REPLACE FUNCTION financial.rule_parts(owned rule, total bigint)
 RETURNS TABLE(pocket uuid, amount bigint)
 LANGUAGE plpgsql
 STABLE
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.rule_run_of(run_id uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT jsonb_build_object('id', run.id, 'ruleId', run.rule_id, 'pocketId', r.pocket_id, 'kind', r.kind, 'currency', r.currency, 'status', run.status, 'code', run.code, 'limit', run.limit_name, 'transactionId', run.transaction_id, 'basisMinor', run.basis_minor, 'occurredOn', run.occurred_on, 'amountMinor', run.amount_minor, 'doneAt', run.done_at, 'parts', ( SELECT COALESCE(jsonb_agg(jsonb_build_object('pocketId', part.pocket_id, 'amountMinor', part.amount_minor, 'movementId', part.movement_id) ORDER BY part.movement_id), '[]'::jsonb) AS "coalesce"
            FROM rule_run_part part
           WHERE (part.run_id = run.id))) AS jsonb_build_object
    FROM (rule_run run
      JOIN rule r ON ((r.id = run.rule_id)))
   WHERE (run.id = rule_run_of.run_id);
END;

CREATE OR REPLACE FUNCTION financial.rule_sum(owned rule, basis bigint, as_told_by timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.run_next_rule(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.run_rule(run_id uuid, at timestamp with time zone, as_told_by timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION financial.saving_streak(pocket uuid, beginning timestamp with time zone, at timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
  monday timestamp := date_trunc('week', at AT TIME ZONE 'UTC');
  first timestamp := date_trunc('week', beginning AT TIME ZONE 'UTC');
  later bigint := balance_at(pocket, at);
  earlier bigint;
  weeks integer := 0;
  is_running boolean := true;
BEGIN
  WHILE monday >= first LOOP
    earlier := balance_at(pocket, monday AT TIME ZONE 'UTC' - interval '1 millisecond');
    IF later > earlier THEN weeks := weeks + 1; ELSIF NOT is_running THEN EXIT; END IF;
    is_running := false;
    later := earlier;
    monday := monday - interval '7 days';
  END LOOP;
  RETURN weeks;
END $function$;

CREATE OR REPLACE FUNCTION financial.says_from(shared uuid, at timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
RETURN (SELECT (says_from.at + '7 days'::interval) FROM pocket WHERE ((pocket.id = says_from.shared) AND (pocket.approvals > 0) AND (EXISTS (SELECT FROM voices_beside(pocket.id, pocket.owner_id) voices_beside(voices_beside)))));

CREATE OR REPLACE FUNCTION financial.set_member_role(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  shared uuid := (request ->> 'pocketId')::uuid;
  member uuid := (request ->> 'memberId')::uuid;
  given text := request ->> 'role';
  at timestamptz := (request ->> 'at')::timestamptz;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(ARRAY[shared]);
  reply := refuse_manager(shared, person);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(shared, member) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF member_role(shared, member) = given THEN RETURN done(200, member_of(shared, member)); END IF;
  IF member = person THEN RETURN refuse('owner_must_hand_over'); END IF;

  IF member NOT IN (SELECT voices_beside(shared, person)) THEN
    UPDATE pocket_member SET voice_from = says_from(shared, at) WHERE pocket_id = shared AND member_id = member;
  END IF;
  IF given = 'owner' THEN
    PERFORM hand_over(shared, person, member, at);
  ELSE
    UPDATE pocket_member SET role = given WHERE pocket_id = shared AND member_id = member;
    IF given = 'viewer' THEN PERFORM cancel_requests(shared, member, at); END IF;
  END IF;
  UPDATE pocket SET version = version + 1, updated_at = at WHERE id = shared;
  RETURN done(200, member_of(shared, member));
END $function$;

CREATE OR REPLACE FUNCTION financial.set_pocket_policy(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  shared uuid := (request ->> 'pocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  wanted jsonb := jsonb_build_object('who', request -> 'who', 'approvals', request -> 'approvals', 'aboveMinor', request -> 'aboveMinor');
  needed integer;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(ARRAY[shared]);
  reply := refuse_manager(shared, person);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF wanted = policy_of(shared) THEN RETURN done(200, wanted); END IF;
  needed := approvals_in_force(shared, person);
  IF needed > 0 AND is_weaker(wanted, policy_of(shared)) THEN
    RETURN done(202, ask_approval(shared, person, 'policy', jsonb_build_object('policy', wanted), needed, at));
  END IF;
  PERFORM apply_policy(shared, wanted, at);
  RETURN done(200, wanted);
END $function$;

CREATE OR REPLACE FUNCTION financial.settle_or_free(current transfer, told text, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  wallet uuid := find_account(current.owner_id, 'wallet', current.currency);
  clearing uuid;
  suspense uuid;
BEGIN
  IF told NOT IN ('settled', 'failed', 'cancelled', 'returned') THEN RETURN; END IF;
  clearing := ensure_account(house(), 'clearing', current.currency);
  IF told = 'returned' THEN suspense := ensure_account(current.owner_id, 'suspense', current.currency); END IF;
  PERFORM lock_accounts(ARRAY[wallet, clearing, suspense]);
  IF current.status <> 'settled' THEN
    UPDATE ledger_account
    SET incoming_minor = incoming_minor - CASE WHEN current.direction = 'deposit' THEN current.amount_minor ELSE 0 END,
        reserved_minor = reserved_minor - CASE WHEN current.direction = 'withdrawal' THEN current.amount_minor ELSE 0 END
    WHERE id = wallet;
    IF told IN ('settled', 'returned') THEN
      PERFORM book(current.direction, current.owner_id, 'provider', NULL, at,
        CASE WHEN current.direction = 'deposit' THEN ARRAY[clearing, wallet] ELSE ARRAY[wallet, clearing] END,
        ARRAY[-current.amount_minor, current.amount_minor], NULL, current.id);
    END IF;
  END IF;
  IF told = 'returned' THEN PERFORM book_return(current, wallet, clearing, at); END IF;
END $function$;

CREATE OR REPLACE FUNCTION financial.sides_of_move(person uuid, money text, from_pocket uuid, to_pocket uuid)
 RETURNS uuid[]
 LANGUAGE plpgsql
AS $function$
BEGIN
  RETURN ARRAY[
    coalesce(from_pocket, find_account(person, 'wallet', money)),
    CASE WHEN to_pocket IS NULL THEN ensure_account(person, 'wallet', money) ELSE to_pocket END];
END $function$;

CREATE OR REPLACE FUNCTION financial.start_transfer(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'amountMinor')::bigint;
  money text := request ->> 'currency';
  is_deposit boolean := request ->> 'direction' = 'deposit';
  at timestamptz := (request ->> 'at')::timestamptz;
  operation_name text := CASE WHEN is_deposit THEN 'createDeposit' ELSE 'createWalletWithdrawal' END;
  bank bank_account%ROWTYPE;
  wallet_id uuid;
  wallet ledger_account%ROWTYPE;
  started uuid := uuidv7();
  reply jsonb := claim_request(request, operation_name);
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF amount IS NULL OR amount < 1 THEN RAISE EXCEPTION 'a transfer needs a positive amount'; END IF;
  SELECT * INTO bank FROM bank_account WHERE owner_id = person AND id = (request ->> 'accountId')::uuid;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF bank.currency <> money THEN RETURN refuse('fx_not_supported'); END IF;
  IF bank.status NOT IN ('active', 'expiring') THEN RETURN refuse('bank_account_unavailable'); END IF;

  wallet_id := CASE WHEN is_deposit THEN ensure_account(person, 'wallet', money) ELSE find_account(person, 'wallet', money) END;
  IF wallet_id IS NULL THEN RETURN refuse('insufficient_funds'); END IF;
  SELECT * INTO STRICT wallet FROM ledger_account WHERE id = wallet_id FOR NO KEY UPDATE;
  reply := refuse_frozen(person, ARRAY[wallet_id]);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF is_deposit THEN
    IF wallet.posted_minor + wallet.incoming_minor + amount > balance_limit() THEN RETURN refuse('balance_limit_exceeded'); END IF;
    UPDATE ledger_account SET incoming_minor = incoming_minor + amount WHERE id = wallet.id;
  ELSE
    IF wallet.posted_minor - wallet.reserved_minor < amount THEN RETURN refuse('insufficient_funds'); END IF;
    UPDATE ledger_account SET reserved_minor = reserved_minor + amount WHERE id = wallet.id;
  END IF;

  INSERT INTO transfer (id, owner_id, direction, status, bank_account_id, amount_minor, currency, created_at, updated_at)
  VALUES (started, person, request ->> 'direction', 'created', bank.id, amount, money, at, at);
  PERFORM ask_flagship(started);
  RETURN keep_reply(request, operation_name, done(202, (SELECT to_jsonb(facts) FROM transfer_facts facts WHERE id = started)));
END $function$;

CREATE OR REPLACE FUNCTION financial.stop_waiting(guardian uuid, named uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE sql
AS $function$
  UPDATE pocket_lock held
  SET unlock_waits_for = NULL,
      unlock_at = least(greatest(unlock_at, at + delay_in_force(held, at) * interval '1 hour'), unlock_at + guardian_silence())
  WHERE unlock_waits_for = guardian AND (named IS NULL OR pocket_id = named)
$function$;

CREATE OR REPLACE FUNCTION financial.take_out_of_challenge(named uuid, leaver uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  heir uuid;
BEGIN
  DELETE FROM challenge_member WHERE challenge_id = named AND member_id = leaver;
  IF NOT EXISTS (SELECT FROM challenge WHERE id = named AND creator_id = leaver) THEN RETURN; END IF;
  SELECT member_id INTO heir FROM challenge_member WHERE challenge_id = named AND joined_at IS NOT NULL ORDER BY joined_at, member_id LIMIT 1;
  IF heir IS NULL THEN
    DELETE FROM challenge WHERE id = named;
  ELSE
    UPDATE challenge SET creator_id = heir WHERE id = named;
  END IF;
END $function$;

CREATE OR REPLACE FUNCTION financial.tell_member(member uuid, notice_kind text, pocket uuid, doer uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF may_tell(doer, member, at) THEN PERFORM tell_person(member, notice_kind, 'pocket', pocket); END IF;
END $function$;

CREATE OR REPLACE FUNCTION financial.tell_outcome()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM financial_jobs.add_job('tellTransferOutcome',
    json_build_object('transferId', NEW.id, 'status', NEW.status, 'noticeId', uuidv7()));
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.tell_person(person uuid, notice_kind text, subject_type text, subject_id uuid, actor uuid DEFAULT NULL::uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM financial_jobs.add_job('tellPerson', json_build_object('personId', person, 'noticeId', uuidv7(), 'kind', notice_kind,
    'subject', json_build_object('type', subject_type, 'id', subject_id), 'actorId', actor));
END $function$;

CREATE OR REPLACE FUNCTION financial.tell_requester()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'financial', 'pg_temp'
AS $function$
BEGIN
  PERFORM tell_person(NEW.requester_id, 'approval_decided', 'pocket', NEW.pocket_id);
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION financial.touch_pocket(named uuid, at timestamp with time zone)
 RETURNS void
 LANGUAGE sql
BEGIN ATOMIC
 UPDATE pocket SET version = (pocket.version + 1), updated_at = touch_pocket.at
   WHERE (pocket.id = touch_pocket.named);
END;

CREATE OR REPLACE FUNCTION financial.transfer_between_pockets(request jsonb)
 RETURNS jsonb
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
BEGIN ATOMIC
 SELECT move_money(request, 'createPocketTransfer'::text, 'pocket_transfer'::text, ((request ->> 'pocketId'::text))::uuid, ((request ->> 'toPocketId'::text))::uuid) AS move_money;
END;

CREATE OR REPLACE FUNCTION financial.transfer_rank(status text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
RETURN array_position(ARRAY['created'::text, 'unknown'::text, 'submitted'::text, 'processing'::text, 'stalled'::text, 'settled'::text], status);

CREATE OR REPLACE FUNCTION financial.unlock_pocket(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  named uuid := (request ->> 'pocketId')::uuid;
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  held pocket_lock%ROWTYPE;
  guard pocket_guardian%ROWTYPE;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = named));
  reply := refuse_unlocking(named, person, at);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  -- The guardian is held, so that one who is erased meanwhile is not waited for.
  SELECT * INTO guard FROM pocket_guardian WHERE pocket_id = named AND status = 'accepted' AND guardian_id <> person FOR SHARE;
  SELECT * INTO STRICT held FROM pocket_lock WHERE pocket_id = named;
  UPDATE pocket_member SET free_from = at + delay_in_force(held, at) * interval '1 hour'
    + CASE WHEN guard.id IS NULL THEN interval '0' ELSE guardian_silence() END
  WHERE pocket_id = named AND member_id = person AND (free_from IS NULL OR free_from + freedom() <= at);
  IF held.unlock_at IS NULL THEN
    UPDATE pocket_lock SET unlock_by = person, unlock_at = at + delay_in_force(held, at) * interval '1 hour', unlock_waits_for = guard.guardian_id
    WHERE pocket_id = named;
    PERFORM touch_pocket(named, at);
    PERFORM tell_person(member_id, 'unlock_requested', 'pocket', named)
    FROM (SELECT member_id FROM pocket_member WHERE pocket_id = named AND left_at IS NULL ORDER BY member_id) member;
    IF guard.id IS NOT NULL THEN PERFORM tell_person(guard.guardian_id, 'pocket_invitation', 'invitation', guard.id, person); END IF;
  END IF;
  RETURN done(202, lock_of(named));
END $function$;

CREATE OR REPLACE FUNCTION financial.voices_beside(pocket uuid, person uuid)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT pocket_member.member_id
    FROM pocket_member
   WHERE ((pocket_member.pocket_id = voices_beside.pocket) AND (pocket_member.member_id <> voices_beside.person) AND (pocket_member.left_at IS NULL) AND ((pocket_member.role <> 'viewer'::text) OR (pocket_member.contributed_minor > pocket_member.withdrawn_minor)));
END;

CREATE OR REPLACE FUNCTION financial.voices_on(asked pocket_approval)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE
AS $function$
  SELECT member_id FROM (
    SELECT member.member_id, member.counts, bool_or(member.counts) OVER () AS somebody FROM (
      SELECT voice AS member_id, asked.kind = 'closing' OR coalesce(m.voice_from <= asked.created_at, true) AS counts
      FROM voices_beside(asked.pocket_id, asked.requester_id) AS voice
        JOIN pocket_member m ON m.pocket_id = asked.pocket_id AND m.member_id = voice
    ) member
  ) heard WHERE counts OR NOT somebody
$function$;

CREATE OR REPLACE FUNCTION financial.vote_on_approval(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  voted_on uuid := (request ->> 'approvalId')::uuid;
  agreeing boolean := (request ->> 'approves')::boolean;
  at timestamptz := (request ->> 'at')::timestamptz;
  asked pocket_approval%ROWTYPE;
  accounts uuid[];
  said boolean;
  reply jsonb;
BEGIN
  SELECT * INTO asked FROM pocket_approval WHERE id = voted_on;
  IF NOT FOUND OR member_role(asked.pocket_id, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF asked.requester_id = person THEN RETURN refuse('own_approval'); END IF;
  accounts := accounts_of_approval(asked);
  PERFORM lock_accounts(accounts);
  SELECT * INTO STRICT asked FROM pocket_approval WHERE id = asked.id;
  SELECT approves INTO said FROM pocket_approval_vote WHERE approval_id = asked.id AND member_id = person;
  IF asked.status IN ('executed', 'rejected') AND said = agreeing THEN RETURN done(200, approval_of(asked.id, person)); END IF;
  IF person NOT IN (SELECT voices_beside(asked.pocket_id, asked.requester_id)) THEN RETURN refuse('forbidden'); END IF;
  IF asked.status <> 'pending' OR asked.expires_at <= at THEN RETURN refuse('approval_not_pending'); END IF;
  IF person NOT IN (SELECT voices_on(asked)) THEN RETURN refuse('vote_not_counted'); END IF;

  IF agreeing AND votes_for(asked, true) + (said IS NOT TRUE)::integer >= approvals_needed(asked) THEN
    reply := carry_out_approval(asked, accounts, at);
    IF reply ->> 'outcome' = 'refused' THEN RETURN reply; END IF;
    UPDATE pocket_approval SET status = 'executed', needed = approvals_needed(asked), decided_at = at,
      transaction_id = (reply #>> '{body,id}')::uuid
    WHERE id = asked.id;
  ELSIF NOT agreeing AND votes_for(asked, false) + (said IS NOT FALSE)::integer
    > (SELECT count(*) FROM voices_on(asked)) - approvals_needed(asked) THEN
    UPDATE pocket_approval SET status = 'rejected', needed = approvals_needed(asked), decided_at = at WHERE id = asked.id;
  END IF;
  INSERT INTO pocket_approval_vote (approval_id, member_id, approves, voted_at) VALUES (asked.id, person, agreeing, at)
  ON CONFLICT (approval_id, member_id) DO UPDATE SET approves = excluded.approves, voted_at = excluded.voted_at;
  RETURN done(200, approval_of(asked.id, person));
END $function$;

CREATE OR REPLACE FUNCTION financial.votes_for(asked pocket_approval, agreeing boolean)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  SELECT count(*) FROM pocket_approval_vote
  WHERE approval_id = asked.id AND approves = agreeing AND (asked.status <> 'pending' OR member_id IN (SELECT voices_on(asked)))
$function$;

CREATE OR REPLACE FUNCTION financial.withdraw_from_pocket(request jsonb)
 RETURNS jsonb
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
BEGIN ATOMIC
 SELECT move_money(request, 'createPocketWithdrawal'::text, 'pocket_withdrawal'::text, ((request ->> 'pocketId'::text))::uuid, NULL::uuid) AS move_money;
END;

CREATE OR REPLACE FUNCTION financial.withdraw_invitation(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'financial', 'pg_temp'
AS $function$
DECLARE
  invitation pocket_invitation%ROWTYPE;
  reply jsonb;
BEGIN
  SELECT * INTO invitation FROM pocket_invitation WHERE id = (request ->> 'invitationId')::uuid;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY[invitation.pocket_id]);
  IF invitation.status <> 'withdrawn' THEN
    reply := refuse_manager(invitation.pocket_id, (request ->> 'ownerId')::uuid);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  IF member_role(invitation.pocket_id, (request ->> 'ownerId')::uuid) IS NULL THEN RETURN refuse('not_found'); END IF;
  RETURN end_invitation(invitation, 'withdrawn', (request ->> 'at')::timestamptz);
END $function$;

CREATE OR REPLACE FUNCTION financial.zone_of(person uuid)
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN COALESCE((SELECT person_preference.time_zone FROM person_preference WHERE (person_preference.person_id = zone_of.person)), 'UTC'::text);

