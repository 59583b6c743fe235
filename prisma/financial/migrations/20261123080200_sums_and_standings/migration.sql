-- AlterTable
ALTER TABLE "challenge_member" ADD COLUMN     "is_score_kept" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "kept_score" INTEGER;

-- CreateIndex
CREATE INDEX "transfer_bank_account_id_updated_at_idx" ON "transfer"("bank_account_id", "updated_at");

-- What follows cannot be said in schema.prisma.

-- What a run has not booked yet is still to come: of days that are over and were not opened, and of runs that wait.
CREATE OR REPLACE FUNCTION coming_rule_sums(person uuid, from_time timestamptz, until_time timestamptz)
RETURNS TABLE (rule_id uuid, pocket_id uuid, on_day date, amount_minor bigint, currency text) LANGUAGE sql STABLE AS $$
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
$$;

-- What comes back onto a card is told as a refund, since it is no income.
CREATE OR REPLACE FUNCTION note_refunds(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
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
END $$;

CREATE OR REPLACE FUNCTION challenge_standings(challenge uuid, at timestamptz)
RETURNS TABLE (member_id uuid, joined_at timestamptz, score integer, place bigint) LANGUAGE sql STABLE AS $$
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
$$;

-- What a score of an ended challenge is made of is about to change: the challenge keeps it as it was.
CREATE FUNCTION keep_scores() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
BEGIN
  UPDATE challenge_member m SET is_score_kept = true, kept_score = (
    SELECT standing.score FROM challenge_standings(m.challenge_id, NEW.updated_at) standing WHERE standing.member_id = m.member_id)
  FROM challenge c
  WHERE m.pocket_id = NEW.id AND NOT m.is_score_kept AND c.id = m.challenge_id AND c.ends_at <= NEW.updated_at;
  RETURN NEW;
END $$;
CREATE TRIGGER scores_are_kept BEFORE UPDATE OF target_minor, owner_id ON pocket FOR EACH ROW
  WHEN (OLD.target_minor IS DISTINCT FROM NEW.target_minor OR OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION keep_scores();

-- With the time, as every other change of a pocket.
CREATE OR REPLACE FUNCTION hand_over(shared uuid, from_owner uuid, to_owner uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE pocket_member SET role = 'contributor' WHERE pocket_id = shared AND member_id = from_owner;
  UPDATE pocket_member SET role = 'owner' WHERE pocket_id = shared AND member_id = to_owner;
  UPDATE pocket SET owner_id = to_owner, share_audience = NULL, share_shows_amount = false, updated_at = at WHERE id = shared;
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at
  WHERE pocket_id = shared AND status = 'pending' AND kind IN ('policy', 'closing');
END $$;

REVOKE EXECUTE ON FUNCTION keep_scores FROM PUBLIC, financial;
