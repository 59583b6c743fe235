import type { Context } from '../context.ts';

const atOnce = 500;

/**
 * Takes a person out of the answers that are kept for the keys of others, some at a time: what they quoted, and the handle that they
 * mentioned. Sent again, such a request is answered as the post is shown now. Gives how many answers it changed.
 */
export function eraseFromAnswers(db: Context['db'], accountId: string): Promise<number> {
  return db.$executeRaw`
    UPDATE idempotency SET body = body
      || CASE WHEN body #>> '{quote,post,author,id}' = ${accountId}
        THEN '{ "quote": { "state": "unavailable", "post": null } }'::jsonb ELSE '{}' END
      || jsonb_build_object('mentions', (
        SELECT coalesce(jsonb_agg(m.person ORDER BY m.nth), '[]')
        FROM jsonb_array_elements(body -> 'mentions') WITH ORDINALITY m(person, nth)
        WHERE m.person ->> 'id' <> ${accountId}
      ))
    WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM idempotency WHERE body #>> '{quote,post,author,id}' = ${accountId}
      UNION
      SELECT ctid FROM idempotency
      WHERE body -> 'mentions' <> '[]' AND body -> 'mentions' @> jsonb_build_array(jsonb_build_object('id', ${accountId}::text))
      LIMIT ${atOnce}
    ))`;
}
