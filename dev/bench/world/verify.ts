import pg from 'pg';
import { findLedgerFaults } from '../../../domain/financial/tests/ledger-check.ts';

/** What foreign keys would have refused, and the counts that the services keep. Each statement finds what is wrong. */
const socialFaults = `
  SELECT 'follow without a person' AS fault FROM follow f
    WHERE NOT EXISTS (SELECT FROM account WHERE id = f.follower_id) OR NOT EXISTS (SELECT FROM account WHERE id = f.followee_id)
  UNION ALL SELECT 'post without an author' FROM post p WHERE NOT EXISTS (SELECT FROM account WHERE id = p.author_id)
  UNION ALL SELECT 'timeline entry without a post' FROM timeline_entry t LEFT JOIN post p ON p.id = t.post_id WHERE p.id IS NULL
  UNION ALL SELECT 'miscounted reactions' FROM post p
    LEFT JOIN (SELECT post_id, count(*) AS reactions FROM reaction GROUP BY post_id) r ON r.post_id = p.id
    WHERE p.reaction_count <> coalesce(r.reactions, 0)
  UNION ALL SELECT 'miscounted follows' FROM profile p
    LEFT JOIN (SELECT follower_id, count(*) AS "following" FROM follow GROUP BY follower_id) f ON f.follower_id = p.account_id
    WHERE p.following_count <> coalesce(f."following", 0)
  LIMIT 5`;

const moneyFaults = `
  SELECT 'transaction with less than two entries' AS fault FROM ledger_transaction t
    LEFT JOIN (SELECT transaction_id, count(*) AS entries FROM ledger_entry GROUP BY transaction_id) e ON e.transaction_id = t.id
    WHERE coalesce(e.entries, 0) < 2
  UNION ALL SELECT 'entry without its account' FROM ledger_entry e
    LEFT JOIN ledger_account a ON a.id = e.account_id AND a.currency = e.currency WHERE a.id IS NULL
  UNION ALL SELECT 'pocket without its account' FROM pocket p LEFT JOIN ledger_account a ON a.id = p.id WHERE a.id IS NULL
  LIMIT 5`;

/** Proves that the world is one that the services could have made; throws what is wrong with it. */
export async function verifyWorld(urls: { social: string; financial: string }): Promise<void> {
  const social = new pg.Pool({ connectionString: urls.social, max: 1 });
  const financial = new pg.Pool({ connectionString: urls.financial, max: 1 });
  try {
    const faults = [
      ...(await social.query<{ fault: string }>(socialFaults)).rows,
      ...(await financial.query<{ fault: string }>(moneyFaults)).rows,
    ].map(({ fault }) => fault);
    faults.push(...(await findLedgerFaults(financial)).slice(0, 5));
    if (faults.length > 0) throw new Error(`the seeded world is wrong: ${faults.join('; ')}`);
  } finally {
    await Promise.all([social.end(), financial.end()]);
  }
}
