-- The last known balances of a person's linked bank accounts, as the contract's BankBalances.

CREATE FUNCTION rfc3339(at timestamptz) RETURNS text LANGUAGE sql STABLE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

CREATE FUNCTION money_json(amount bigint, currency text) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN CASE WHEN amount IS NOT NULL THEN jsonb_build_object('amountMinor', amount, 'currency', currency) END;

CREATE FUNCTION bank_balances(person uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object(
    'items', coalesce(jsonb_agg(jsonb_build_object(
      'accountId', id, 'connectionId', connection_id, 'institutionName', institution_name, 'name', name, 'mask', mask, 'kind', kind,
      'balance', money_json(balance_minor, currency), 'available', money_json(available_minor, currency), 'asOf', rfc3339(as_of), 'status', status
    ) ORDER BY institution_name, name, id), '[]'),
    'asOf', rfc3339(min(as_of)))
  FROM bank_account WHERE owner_id = person;
END;
