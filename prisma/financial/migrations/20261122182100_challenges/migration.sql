-- CreateTable
CREATE TABLE "challenge" (
    "id" UUID NOT NULL,
    "creator_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "challenge_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "challenge_member" (
    "challenge_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "joined_at" TIMESTAMPTZ(3),
    "pocket_id" UUID,

    CONSTRAINT "challenge_member_pkey" PRIMARY KEY ("challenge_id","member_id")
);

-- CreateTable
CREATE TABLE "challenge_cheer" (
    "challenge_id" UUID NOT NULL,
    "from_id" UUID NOT NULL,
    "to_id" UUID NOT NULL,
    "on_day" DATE NOT NULL,

    CONSTRAINT "challenge_cheer_pkey" PRIMARY KEY ("challenge_id","from_id","to_id")
);

-- CreateIndex
CREATE INDEX "challenge_creator_id_idx" ON "challenge"("creator_id");

-- CreateIndex
CREATE INDEX "challenge_member_member_id_created_at_challenge_id_idx" ON "challenge_member"("member_id", "created_at" DESC, "challenge_id" DESC);

-- CreateIndex
CREATE INDEX "challenge_member_pocket_id_idx" ON "challenge_member"("pocket_id");

-- CreateIndex
CREATE INDEX "challenge_cheer_challenge_id_to_id_idx" ON "challenge_cheer"("challenge_id", "to_id");

-- AddForeignKey
ALTER TABLE "challenge_member" ADD CONSTRAINT "challenge_member_challenge_id_fkey" FOREIGN KEY ("challenge_id") REFERENCES "challenge"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "challenge_member" ADD CONSTRAINT "challenge_member_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "challenge_cheer" ADD CONSTRAINT "challenge_cheer_challenge_id_from_id_fkey" FOREIGN KEY ("challenge_id", "from_id") REFERENCES "challenge_member"("challenge_id", "member_id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "challenge_cheer" ADD CONSTRAINT "challenge_cheer_challenge_id_to_id_fkey" FOREIGN KEY ("challenge_id", "to_id") REFERENCES "challenge_member"("challenge_id", "member_id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.
--
-- A challenge is a race in saving between people whom its creator chose. Each brings a pocket of their own, and the others see how far it
-- is: the percent of its target, or the weeks in a row in which its balance rose; never a sum. Whoever is not, or no longer, in it
-- has no row, and for them it is not there.

ALTER TABLE challenge
  ADD CONSTRAINT challenge_kind CHECK (kind IN ('percent', 'streak')),
  ADD CONSTRAINT challenge_ends CHECK (ends_at > created_at);
ALTER TABLE challenge_member ADD CONSTRAINT challenge_member_pocket CHECK (pocket_id IS NULL OR joined_at IS NOT NULL);

CREATE FUNCTION most_challenges() RETURNS integer LANGUAGE sql IMMUTABLE RETURN 20;

-- The weeks in a row, from Monday in UTC, in which a pocket's balance rose: back from a time to the week of the beginning. The running
-- week counts once it has risen, and ends nothing before it is over. Each week costs one search in the entries, however many there are.
CREATE FUNCTION saving_streak(pocket uuid, beginning timestamptz, at timestamptz) RETURNS integer LANGUAGE plpgsql STABLE AS $$
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
END $$;

-- Who takes part, best first; equals share a place. A pocket that is closed, given away or without a target has no score, and no place.
-- After the end it stays as it was then.
CREATE FUNCTION challenge_standings(challenge uuid, at timestamptz)
RETURNS TABLE (member_id uuid, joined_at timestamptz, score integer, place bigint) LANGUAGE sql STABLE AS $$
  SELECT member_id, joined_at, score, CASE WHEN score IS NOT NULL THEN rank() OVER (ORDER BY score DESC NULLS LAST) END
  FROM (
    SELECT m.member_id, m.joined_at, CASE c.kind
      WHEN 'streak' THEN CASE WHEN p.id IS NOT NULL THEN saving_streak(p.id, c.created_at, least(at, c.ends_at)) END
      ELSE CASE WHEN p.target_minor IS NOT NULL THEN
        least(100, CASE WHEN at < c.ends_at THEN a.posted_minor ELSE balance_at(p.id, c.ends_at) END * 100 / p.target_minor)::integer END
      END AS score
    FROM challenge c JOIN challenge_member m ON m.challenge_id = c.id
    LEFT JOIN pocket p ON p.id = m.pocket_id AND p.owner_id = m.member_id AND (p.closed_at IS NULL OR p.closed_at >= c.ends_at)
    LEFT JOIN ledger_account a ON a.id = p.id
    WHERE c.id = challenge AND m.joined_at IS NOT NULL
  ) scored
$$;

-- A challenge as it stands in the list of one who is in it.
CREATE FUNCTION challenge_card(challenge uuid, viewer uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', c.id, 'name', c.name, 'kind', c.kind, 'creatorId', c.creator_id, 'createdAt', c.created_at,
    'endsAt', c.ends_at, 'viewerJoined', m.joined_at IS NOT NULL, 'viewerPocketId', m.pocket_id,
    'joinedCount', (SELECT count(*) FROM challenge_member o WHERE o.challenge_id = c.id AND o.joined_at IS NOT NULL),
    'invitedCount', (SELECT count(*) FROM challenge_member o WHERE o.challenge_id = c.id AND o.joined_at IS NULL))
  FROM challenge c JOIN challenge_member m ON m.challenge_id = c.id AND m.member_id = viewer WHERE c.id = challenge
$$;

-- The same with the standings, which only those who have joined see; and for its creator who has not answered yet.
CREATE FUNCTION challenge_as_seen(challenge uuid, viewer uuid, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT card || jsonb_build_object(
    'standings', CASE WHEN (card ->> 'viewerJoined')::boolean THEN (
      SELECT coalesce(jsonb_agg(jsonb_build_object('memberId', member_id, 'score', score, 'place', place)
        ORDER BY score DESC NULLS LAST, joined_at, member_id), '[]') FROM challenge_standings(challenge, at)) END,
    'invitedIds', (SELECT coalesce(jsonb_agg(member_id ORDER BY member_id), '[]') FROM challenge_member
      WHERE challenge_id = challenge AND joined_at IS NULL AND card ->> 'creatorId' = viewer::text))
  FROM challenge_card(challenge, viewer) AS card WHERE card IS NOT NULL
$$;

-- Why a pocket may not be brought into a challenge; null for an open one of the person's own, which for percents has a target.
CREATE FUNCTION refuse_entering(named uuid, person uuid, race text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  brought pocket%ROWTYPE;
BEGIN
  IF member_role(named, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  SELECT * INTO STRICT brought FROM pocket WHERE id = named;
  IF brought.owner_id <> person THEN RETURN refuse('forbidden'); END IF;
  IF brought.closed_at IS NOT NULL THEN RETURN refuse('pocket_closed'); END IF;
  IF race = 'percent' AND brought.target_minor IS NULL THEN RETURN refuse('challenge_pocket_unfit'); END IF;
  RETURN NULL;
END $$;

-- {ownerId, key, hash, name, kind, pocketId, memberIds, endsAt, at}: begins a challenge and tells those who are asked.
CREATE FUNCTION create_challenge(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
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
  PERFORM tell_person(id, 'pocket_invitation', 'invitation', created, person) FROM unnest(asked) AS id;
  RETURN keep_reply(request, 'createChallenge', done(201, challenge_as_seen(created, person, at)));
END $$;

-- A challenge that a person is in, held until the transaction ends; nothing for everybody else.
CREATE FUNCTION hold_challenge(named uuid, person uuid) RETURNS SETOF challenge LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM challenge WHERE id = named FOR UPDATE;
  RETURN QUERY SELECT * FROM challenge c WHERE c.id = named
    AND EXISTS (SELECT FROM challenge_member m WHERE m.challenge_id = named AND m.member_id = person);
END $$;

-- {ownerId, challengeId, pocketId, at}: takes part with a pocket, or with another one than before. Again, it changes nothing.
CREATE FUNCTION join_challenge(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
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
END $$;

-- {ownerId, challengeId, at}: says no. To say no to what one was not asked is done already.
CREATE FUNCTION decline_challenge(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  race challenge%ROWTYPE;
BEGIN
  SELECT * INTO race FROM hold_challenge((request ->> 'challengeId')::uuid, person);
  IF NOT FOUND THEN RETURN done(204, NULL); END IF;
  DELETE FROM challenge_member WHERE challenge_id = race.id AND member_id = person AND joined_at IS NULL;
  IF NOT FOUND THEN RETURN refuse('challenge_joined'); END IF;
  RETURN done(204, NULL);
END $$;

-- {ownerId, challengeId, memberId, at}: a member leaves, or the creator removes one.
CREATE FUNCTION leave_challenge(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
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
END $$;

-- A creator's challenge goes to who joined it first; where nobody else has, it ends with them.
CREATE FUNCTION take_out_of_challenge(named uuid, leaver uuid) RETURNS void LANGUAGE plpgsql AS $$
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
END $$;

-- {ownerId, challengeId, memberId, at}: encourages another who takes part: tells them, with their own pocket, once a day (UTC).
CREATE FUNCTION encourage_member(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
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
END $$;

-- An erased person is in no challenge.
CREATE FUNCTION leave_challenges(person uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  named uuid;
BEGIN
  FOR named IN
    SELECT id FROM challenge WHERE id IN (SELECT challenge_id FROM challenge_member WHERE member_id = person) ORDER BY id FOR UPDATE
  LOOP
    PERFORM take_out_of_challenge(named, person);
  END LOOP;
END $$;

-- Hands the person's shared pockets over, closes the others, which are empty by now, and ends every membership, guardianship and challenge.
CREATE OR REPLACE FUNCTION leave_all_pockets(person uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
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
END $$;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON challenge, challenge_member, challenge_cheer FROM financial;
REVOKE EXECUTE ON FUNCTION refuse_entering, hold_challenge, take_out_of_challenge, leave_challenges FROM PUBLIC, financial;
