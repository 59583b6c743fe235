-- The last known balances come in the order of the fresh ones, which is flagship's: by id. So nothing jumps on the screen when
-- flagship goes down or comes back.
CREATE OR REPLACE FUNCTION bank_balances(person uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object(
    'items', coalesce(jsonb_agg(jsonb_build_object(
      'accountId', id, 'connectionId', connection_id, 'institutionName', institution_name, 'name', name, 'mask', mask, 'kind', kind,
      'balance', money_json(balance_minor, currency), 'available', money_json(available_minor, currency), 'asOf', rfc3339(as_of), 'status', status
    ) ORDER BY id), '[]'),
    'asOf', rfc3339(min(as_of)))
  FROM bank_account WHERE owner_id = person;
END;
