-- A pocket's picture: its URL, and who put it there.

-- AlterTable
ALTER TABLE "pocket" ADD COLUMN     "image_by" UUID,
ADD COLUMN     "image_url" TEXT;

-- CreateIndex
CREATE INDEX "pocket_image_by_idx" ON "pocket"("image_by");

-- What follows cannot be said in schema.prisma.

ALTER TABLE pocket ADD CONSTRAINT pocket_image_is_somebodys CHECK ((image_url IS NULL) = (image_by IS NULL));
GRANT UPDATE (image_url, image_by) ON pocket TO financial;

CREATE OR REPLACE VIEW pocket_facts AS
SELECT p.id, p.owner_id AS "ownerId", p.name, p.emoji, p.currency, a.posted_minor AS "balanceMinor", a.entry_count AS "entryCount",
  p.target_minor AS "targetMinor", p.target_date AS "targetDate", p.monthly_minor AS "monthlyMinor", p.visibility, p.version,
  p.created_at AS "createdAt", p.closed_at AS "closedAt",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('month', to_char(m.month, 'YYYY-MM'), 'netMinor', m.net_minor)), '[]')
   FROM (SELECT month, net_minor FROM pocket_month WHERE pocket_id = p.id ORDER BY month DESC LIMIT 5) m) AS months,
  CASE WHEN p.closed_at IS NULL AND p.share_audience IS NOT NULL
    THEN jsonb_build_object('audience', p.share_audience, 'showAmount', p.share_shows_amount) END AS shared,
  p.goal_derived AS derived, p.image_url AS "imageUrl"
FROM pocket p JOIN ledger_account a ON a.id = p.id;

-- What says something about the person and is not needed for the books. Their picture goes from the pockets of others as well.
CREATE OR REPLACE FUNCTION forget_details(person uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
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
END $$;
