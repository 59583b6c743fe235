/**
 * The limit: the hot statements of social and financial over `node:http` and `pg`, one statement for each database, in one
 * process without a framework, a contract or a token. What CLYNC does more than this is what its structure costs.
 */
import http from 'node:http';
import pg from 'pg';
import { presentPocket } from '../../../domain/financial/helpers/present-pocket.ts';
import * as money from '../../../domain/financial/services/home.ts';
import * as feed from '../../../domain/social/services/feed.ts';
import { Caller } from '../../../platform/caller.ts';
import { systemClock } from '../../../platform/clock.ts';
import { Prisma } from '#prisma/social';
import { servePeer } from './peer.ts';

export interface LimitConfig {
  socialDatabase: string;
  financialDatabase: string;
  mediaUrl: string;
}

type SocialContext = Parameters<typeof feed.getHome>[0];
type MoneyContext = Parameters<typeof money.getHome>[0];

await servePeer<LimitConfig>((config) => {
  const social = {
    db: createRawQueries(config.socialDatabase),
    blobs: { publicUrl: config.mediaUrl },
    clock: systemClock,
  } as unknown as SocialContext;
  const financial = { db: createRawQueries(config.financialDatabase) } as unknown as MoneyContext;

  async function home(userId: string): Promise<string> {
    const caller = Caller.member('bench', userId);
    const [people, { pockets, total, balances }] = await Promise.all([
      feed.getHome(social, caller, 20),
      money.getHome(financial, caller),
    ]);
    const now = new Date();
    const items = JSON.stringify(pockets.map((facts) => presentPocket(facts, now)));
    return `{"people":${people},"pockets":{"items":${items},"total":${String(total)}},"balances":${balances}}`;
  }

  return http.createServer((request, response) => {
    home((request.url ?? '').slice(1)).then(
      (json) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(json),
      (error: unknown) => {
        console.error(error);
        response.writeHead(500).end();
      },
    );
  });
});

/** Runs what the services hand to Prisma over `pg` alone: the same text, prepared under the same name. */
function createRawQueries(connectionString: string) {
  const pool = new pg.Pool({ connectionString, max: 8 });
  return {
    async $queryRaw(strings: TemplateStringsArray, ...parts: unknown[]): Promise<object[]> {
      const { text, values } = Prisma.sql(strings, ...parts);
      const name = /\/\* (\w+) \*\//.exec(text)?.[1] ?? '';
      return (await pool.query<object>({ name, text, values })).rows;
    },
  };
}
