-- A pocket that is closed, or is another's from now on, loses its picture; social is asked to keep it no longer for who put it there.
CREATE FUNCTION let_picture_go() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  PERFORM financial_jobs.add_job('dropPocketImages', json_build_object('personId', NEW.image_by, 'pocketId', NEW.id));
  NEW.image_url := NULL;
  NEW.image_by := NULL;
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;

CREATE TRIGGER picture_goes BEFORE UPDATE OF owner_id, closed_at ON pocket FOR EACH ROW
  WHEN (NEW.image_by IS NOT NULL AND (NEW.closed_at IS NOT NULL OR NEW.owner_id <> NEW.image_by)) EXECUTE FUNCTION let_picture_go();

-- Those that were closed or passed on before.
UPDATE pocket SET closed_at = closed_at WHERE image_by IS NOT NULL AND (closed_at IS NOT NULL OR owner_id <> image_by);

REVOKE EXECUTE ON FUNCTION let_picture_go FROM PUBLIC, financial;
