-- AlterTable
ALTER TABLE "pocket" ADD COLUMN     "goal_cycle" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "pocket_milestone" (
    "pocket_id" UUID NOT NULL,
    "cycle" INTEGER NOT NULL,
    "percent" SMALLINT NOT NULL,
    "reached_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pocket_milestone_pkey" PRIMARY KEY ("pocket_id","cycle","percent")
);

-- AddForeignKey
ALTER TABLE "pocket_milestone" ADD CONSTRAINT "pocket_milestone_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.

ALTER TABLE pocket_milestone ADD CONSTRAINT pocket_milestone_percent CHECK (percent IN (25, 50, 75, 100));

-- Another target begins another cycle, in which each quarter counts once again.
CREATE FUNCTION begin_goal_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.goal_cycle := OLD.goal_cycle + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER goal_cycle_begins BEFORE UPDATE OF target_minor ON pocket FOR EACH ROW
  WHEN (OLD.target_minor IS DISTINCT FROM NEW.target_minor) EXECUTE FUNCTION begin_goal_cycle();

-- Keeps each quarter of the target that a balance rises to, once in a cycle, and tells every member of it.
CREATE OR REPLACE FUNCTION note_milestones(pocket uuid, before_minor bigint, after_minor bigint, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
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
END $$;

-- The quarters of a pocket's present target that were reached.
CREATE FUNCTION milestones_of(pocket uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(jsonb_agg(jsonb_build_object('percent', m.percent, 'reachedAt', m.reached_at) ORDER BY m.percent), '[]')
  FROM pocket goal JOIN pocket_milestone m ON m.pocket_id = goal.id AND m.cycle = goal.goal_cycle WHERE goal.id = milestones_of.pocket;
END;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON pocket_milestone FROM financial;
REVOKE EXECUTE ON FUNCTION begin_goal_cycle, note_milestones FROM PUBLIC, financial;
