import { median } from '../load.ts';
import type { Scene } from '../scene.ts';
import { benchId } from '../world/ids.ts';
import { saverOf, saverPockets } from '../world/world.ts';

type Question = () => Promise<unknown>;

/** Milliseconds, the median of each question, asked in turns by one client. */
async function timeInTurns<Name extends string>(questions: Record<Name, Question>, turns: number) {
  const times = Object.fromEntries(Object.keys(questions).map((name) => [name, []])) as unknown as Record<Name, number[]>; // prettier-ignore
  for (let turn = -10; turn < turns; turn += 1) {
    for (const name of Object.keys(questions) as Name[]) {
      const begun = performance.now();
      await questions[name]();
      if (turn >= 0) times[name].push(performance.now() - begun);
    }
  }
  return Object.fromEntries(Object.entries<number[]>(times).map(([name, all]) => [name, median(all)])) as Record<Name, number>; // prettier-ignore
}

/** A screen, and each of the domain calls that it is made of. */
export async function measureScreen({ servers, asPhone, asService }: Scene, turns: number) {
  const userId = benchId('person', 2);
  const phone = await asPhone(userId);
  const [social, financial, flagship] = await Promise.all([
    asService('social', userId),
    asService('financial', userId),
    asService('flagship', userId),
  ]);
  const { screen, ...calls } = await timeInTurns(
    {
      screen: () => servers['bff-mobile'].get('/v1/screens/home', phone),
      social: () => servers.social.get('/v1/home?feedLimit=20', social),
      financial: () => servers.financial.get('/v1/home', financial),
      flagship: () => servers.flagship.get('/v1/balances', flagship),
    },
    turns,
  );
  return { screen, slowestCall: Math.max(...Object.values(calls)) };
}

const laterPage = 15;

/** The first page of the feed of someone who follows everybody, of someone else, and a later page. */
export async function measureFeed({ world, servers, asService }: Scene, turns: number) {
  const many = await asService('social', benchId('person', 1));
  const few = await asService('social', benchId('person', 2));
  let later = '/v1/feed?limit=20';
  let page = 1;
  while (page < laterPage) {
    const { body } = await servers.social.get(later, few);
    const { nextCursor } = JSON.parse(body.toString()) as { nextCursor: string | null };
    if (nextCursor === null) break;
    later = `/v1/feed?limit=20&cursor=${encodeURIComponent(nextCursor)}`;
    page += 1;
  }
  const times = await timeInTurns(
    {
      manyFollows: () => servers.social.get('/v1/feed?limit=20', many),
      fewFollows: () => servers.social.get('/v1/feed?limit=20', few),
      laterPage: () => servers.social.get(later, few),
    },
    turns,
  );
  return { ...times, page, many: world.people - 1, few: world.follows };
}

/** A pocket and its first page of movements, with few and with many entries. */
export async function measurePockets({ world, servers, asService }: Scene, turns: number) {
  const saver = await asService('financial', benchId('person', saverOf(world)));
  const { few, many } = saverPockets(world);
  const pathOf = (pocket: number) => `/v1/pockets/${benchId('pocket', pocket)}`;
  const times = await timeInTurns(
    {
      balanceOfFew: () => servers.financial.get(pathOf(few), saver),
      balanceOfMany: () => servers.financial.get(pathOf(many), saver),
      pageOfFew: () => servers.financial.get(`${pathOf(few)}/movements`, saver),
      pageOfMany: () => servers.financial.get(`${pathOf(many)}/movements`, saver),
    },
    turns,
  );
  return { ...times, few: world.fewEntries, many: world.manyEntries };
}
