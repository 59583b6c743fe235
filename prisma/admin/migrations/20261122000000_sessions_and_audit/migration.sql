-- CreateTable
CREATE TABLE "staff_session" (
    "id_hash" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "staff_session_pkey" PRIMARY KEY ("id_hash")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "closes_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_oid" UUID NOT NULL,
    "actor_tid" UUID NOT NULL,
    "actor_name" TEXT NOT NULL,
    "actor_app_id" TEXT NOT NULL,
    "actor_roles" TEXT[],
    "action" TEXT NOT NULL,
    "target_type" TEXT,
    "target_id" TEXT,
    "reason" TEXT,
    "outcome" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    "trace_id" TEXT NOT NULL,
    "prev_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "audit_event_outcome_known" CHECK ("outcome" IN ('pending', 'done', 'refused'))
);

-- CreateTable
CREATE TABLE "audit_head" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "seq" BIGINT NOT NULL,
    "event_id" UUID,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("only"),
    CONSTRAINT "audit_head_single" CHECK ("only")
);

-- CreateIndex
CREATE INDEX "staff_session_last_seen_at_idx" ON "staff_session"("last_seen_at");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_seq_key" ON "audit_event"("seq");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_closes_id_key" ON "audit_event"("closes_id");

-- CreateIndex
CREATE INDEX "audit_event_actor_oid_seq_idx" ON "audit_event"("actor_oid", "seq");

-- CreateIndex
CREATE INDEX "audit_event_action_seq_idx" ON "audit_event"("action", "seq");

-- CreateIndex
CREATE INDEX "audit_event_target_type_target_id_seq_idx" ON "audit_event"("target_type", "target_id", "seq");

-- CreateIndex
CREATE INDEX "audit_event_at_idx" ON "audit_event"("at");

-- AddForeignKey
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_closes_id_fkey" FOREIGN KEY ("closes_id") REFERENCES "audit_event"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- The chain starts with 64 zeros.
INSERT INTO "audit_head" ("seq", "hash") VALUES (0, repeat('0', 64));

-- JSON as RFC 8785 writes it: keys sorted, no spaces. Numbers are whole, so PostgreSQL's text of them is the canonical one.
CREATE FUNCTION canonical_json(value JSONB) RETURNS TEXT LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF jsonb_typeof(value) = 'object' THEN
        RETURN '{' || coalesce((
            SELECT string_agg(to_json(key)::text || ':' || canonical_json(member), ',' ORDER BY key COLLATE "C")
            FROM jsonb_each(value) AS pair(key, member)), '') || '}';
    ELSIF jsonb_typeof(value) = 'array' THEN
        RETURN '[' || coalesce((
            SELECT string_agg(canonical_json(item), ',' ORDER BY place)
            FROM jsonb_array_elements(value) WITH ORDINALITY AS list(item, place)), '') || ']';
    END IF;
    RETURN value::text;
END
$$;

-- The hash of a line: SHA-256 (hex) over its canonical JSON, which holds the hash of the line before. Anyone can repeat it.
CREATE FUNCTION audit_event_hash(line audit_event) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(
        '{"action":' || to_json(line.action)::text ||
        ',"actor":{"appId":' || to_json(line.actor_app_id)::text ||
        ',"name":' || to_json(line.actor_name)::text ||
        ',"oid":' || to_json(line.actor_oid)::text ||
        ',"roles":' || array_to_json(line.actor_roles)::text ||
        ',"tid":' || to_json(line.actor_tid)::text ||
        '},"at":"' || to_char(line.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ||
        '","closesId":' || coalesce(to_json(line.closes_id)::text, 'null') ||
        ',"details":' || canonical_json(line.details) ||
        ',"id":' || to_json(line.id)::text ||
        ',"outcome":' || to_json(line.outcome)::text ||
        ',"prevHash":' || to_json(line.prev_hash)::text ||
        ',"reason":' || coalesce(to_json(line.reason)::text, 'null') ||
        ',"seq":' || line.seq::text ||
        ',"targetId":' || coalesce(to_json(line.target_id)::text, 'null') ||
        ',"targetType":' || coalesce(to_json(line.target_type)::text, 'null') ||
        ',"traceId":' || to_json(line.trace_id)::text ||
        '}', 'UTF8')), 'hex')
$$;

-- The only way into the log. The head's row lock is held to the end of the caller's transaction, so places are handed out
-- one by one, without gaps, and a line stands exactly when the change it belongs to does.
CREATE FUNCTION append_audit_event(
    event_id UUID, closes UUID, actor JSONB, event_action TEXT, on_type TEXT, on_id TEXT,
    given_reason TEXT, event_outcome TEXT, event_details JSONB, event_trace_id TEXT
) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER SET search_path = admin, pg_temp AS $$
DECLARE
    head audit_head;
    line audit_event;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    line.id := event_id;
    line.seq := head.seq + 1;
    line.closes_id := closes;
    -- Rounded here, so that the hash is over what the column keeps.
    line.at := date_trunc('milliseconds', clock_timestamp());
    line.actor_oid := (actor ->> 'oid')::uuid;
    line.actor_tid := (actor ->> 'tid')::uuid;
    line.actor_name := actor ->> 'name';
    line.actor_app_id := actor ->> 'appId';
    line.actor_roles := ARRAY(SELECT jsonb_array_elements_text(actor -> 'roles'));
    line.action := event_action;
    line.target_type := on_type;
    line.target_id := on_id;
    line.reason := given_reason;
    line.outcome := event_outcome;
    line.details := event_details;
    line.trace_id := event_trace_id;
    line.prev_hash := head.hash;
    line.hash := audit_event_hash(line);
    INSERT INTO audit_event SELECT line.*;
    UPDATE audit_head SET seq = line.seq, event_id = line.id, hash = line.hash;
    RETURN line.seq;
END
$$;

-- Recomputes the whole chain. first_broken_id is the first line that is not what was written, or, when the tail was cut, the
-- line that should have been the last; null when all is well.
CREATE FUNCTION verify_audit_log() RETURNS TABLE (checked BIGINT, first_broken_id UUID) LANGUAGE sql STABLE AS $$
    WITH line AS MATERIALIZED (
        SELECT e.id, e.seq, e.hash,
            row_number() OVER chain AS place,
            e.hash <> audit_event_hash(e) OR e.prev_hash <> lag(e.hash, 1, repeat('0', 64)) OVER chain AS changed
        FROM audit_event e
        WINDOW chain AS (ORDER BY e.seq)
    )
    SELECT (SELECT count(*) FROM line), coalesce(
        (SELECT line.id FROM line, audit_head AS head
         WHERE line.changed OR line.seq <> line.place OR line.seq > head.seq ORDER BY line.place LIMIT 1),
        (SELECT head.event_id FROM audit_head AS head
         LEFT JOIN LATERAL (SELECT seq, hash FROM line ORDER BY place DESC LIMIT 1) AS last ON true
         WHERE head.seq > 0 AND (head.seq, head.hash) IS DISTINCT FROM (last.seq, last.hash)))
$$;

CREATE FUNCTION refuse_audit_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER "audit_event_append_only" BEFORE UPDATE OR DELETE ON "audit_event"
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER "audit_event_no_truncate" BEFORE TRUNCATE ON "audit_event"
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON "audit_event", "audit_head" FROM admin;
