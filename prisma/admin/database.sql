-- What schema.prisma cannot say, as it stands after the last migration. Made by `npm run prisma:migrate -- describe`, for reading.

-- Checks

ALTER TABLE announcement ADD CONSTRAINT announcement_ends_later CHECK ((ends_at > starts_at));
ALTER TABLE audit_event ADD CONSTRAINT audit_event_outcome_known CHECK ((outcome = ANY (ARRAY['pending'::text, 'done'::text, 'refused'::text])));
ALTER TABLE audit_head ADD CONSTRAINT audit_head_single CHECK ("only");
ALTER TABLE break_glass ADD CONSTRAINT break_glass_reviewed CHECK ((((verdict IS NULL) = (reviewed_by_oid IS NULL)) AND ((verdict IS NULL) = (reviewed_at IS NULL))));
ALTER TABLE break_glass ADD CONSTRAINT break_glass_time CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '01:00:00'::interval))));
ALTER TABLE break_glass ADD CONSTRAINT break_glass_verdict CHECK ((verdict = ANY (ARRAY['justified'::text, 'unjustified'::text])));
ALTER TABLE feature_flag ADD CONSTRAINT feature_flag_percent_is_one CHECK (((percent >= 0) AND (percent <= 100)));
ALTER TABLE proposal ADD CONSTRAINT proposal_decided CHECK ((((status = 'pending'::text) = (decided_by_oid IS NULL)) AND ((decided_by_oid IS NULL) = (decided_at IS NULL))));
ALTER TABLE proposal ADD CONSTRAINT proposal_failed CHECK (((status = 'failed'::text) = (failure_code IS NOT NULL)));
ALTER TABLE proposal ADD CONSTRAINT proposal_four_eyes CHECK (((decided_by_oid IS NULL) OR ((decided_by_oid = author_oid) = ((status = 'withdrawn'::text) OR broke_glass))));
ALTER TABLE proposal ADD CONSTRAINT proposal_status CHECK ((status = ANY (ARRAY['pending'::text, 'executing'::text, 'executed'::text, 'failed'::text, 'rejected'::text, 'withdrawn'::text])));
ALTER TABLE report_case ADD CONSTRAINT report_case_claimed CHECK (((status <> 'claimed'::case_status) OR (assignee_oid IS NOT NULL)));
ALTER TABLE report_case ADD CONSTRAINT report_case_decided CHECK ((((status = 'decided'::case_status) = (outcome IS NOT NULL)) AND ((outcome IS NULL) = (decided_at IS NULL))));
ALTER TABLE report_intake ADD CONSTRAINT report_intake_single CHECK ("only");

-- Triggers

CREATE TRIGGER audit_event_append_only BEFORE DELETE OR UPDATE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- Functions

CREATE OR REPLACE FUNCTION admin.append_audit_event(event_id uuid, closes uuid, actor jsonb, event_action text, on_type text, on_id text, given_reason text, event_outcome text, event_details jsonb, event_trace_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'admin', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION admin.audit_event_hash(line audit_event)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION admin.canonical_json(value jsonb)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE STRICT
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION admin.forget_people(people uuid[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'admin', 'pg_temp'
AS $function$
    DELETE FROM user_note WHERE user_id = ANY(people);
    DELETE FROM muted_reporter WHERE user_id = ANY(people);
    DELETE FROM case_event AS event USING report_case AS own
    WHERE own.id = event.case_id AND own.subject_owner_id = ANY(people) AND event.kind = 'noted';
$function$;

CREATE OR REPLACE FUNCTION admin.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$function$;

CREATE OR REPLACE FUNCTION admin.verify_audit_log()
 RETURNS TABLE(checked bigint, first_broken_id uuid)
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

