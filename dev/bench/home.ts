import { canReadCpu } from './cpu.ts';
import { measureFeed, measurePockets, measureScreen } from './measures/latency.ts';
import { measureMovements } from './measures/movements.ts';
import type { WriteWay } from './measures/movements.ts';
import { measureThroughput } from './measures/throughput.ts';
import type { Throughput, Way } from './measures/throughput.ts';
import type { Row } from './report.ts';
import type { Scene } from './scene.ts';

const latencyTurns = 120;

/** Measures the home screen beside its peers, and what it is made of. */
export async function benchHome(
  scene: Scene,
  effort: { rounds: number; screens: number },
  say: (line: string) => void,
): Promise<Row[]> {
  const ways = await measureThroughput(scene, effort, say);
  say('latencies with one client');
  const screen = await measureScreen(scene, latencyTurns);
  const feed = await measureFeed(scene, latencyTurns);
  const pockets = await measurePockets(scene, latencyTurns);
  say('movements on one hot pocket');
  const writes = await measureMovements(scene, effort.rounds, say);
  return [
    ...throughputRows(ways),
    ...(canReadCpu ? cpuRows(ways) : [{ id: '-', metric: 'CPU (needs Linux)', figures: '' }]),
    {
      id: 'S5',
      metric: 'latency of a screen ÷ its slowest domain call',
      figures: `${ms(screen.screen)} ÷ ${ms(screen.slowestCall)}`,
      ratio: screen.screen / screen.slowestCall,
      goal: { atMost: 1.3 },
    },
    {
      id: 'G1',
      metric: `feed, page 1, at ${String(feed.many)} follows ÷ at ${String(feed.few)}`,
      figures: `${ms(feed.manyFollows)} ÷ ${ms(feed.fewFollows)}`,
      ratio: feed.manyFollows / feed.fewFollows,
      goal: { atMost: 1.2 },
    },
    {
      id: 'G2',
      metric: `feed, page ${String(feed.page)} ÷ page 1`,
      figures: `${ms(feed.laterPage)} ÷ ${ms(feed.fewFollows)}`,
      ratio: feed.laterPage / feed.fewFollows,
      goal: { atMost: 1.2 },
    },
    {
      id: 'G3',
      metric: `balance of a pocket with ${String(pockets.many)} entries ÷ ${String(pockets.few)}`,
      figures: `${ms(pockets.balanceOfMany)} ÷ ${ms(pockets.balanceOfFew)}`,
      ratio: pockets.balanceOfMany / pockets.balanceOfFew,
      goal: { atMost: 1.2 },
    },
    {
      id: 'G3',
      metric: `movements page with ${String(pockets.many)} entries ÷ ${String(pockets.few)}`,
      figures: `${ms(pockets.pageOfMany)} ÷ ${ms(pockets.pageOfFew)}`,
      ratio: pockets.pageOfMany / pockets.pageOfFew,
      goal: { atMost: 1.2 },
    },
    ...writeRows(writes),
  ];
}

function writeRows({ row, alone, together, emptyPost, post }: Record<WriteWay, number>): Row[] {
  const rates = (one: number, other: number) => `${one.toFixed(0)}/s ÷ ${other.toFixed(0)}/s`;
  return [
    {
      id: 'S7',
      metric: 'movements/s on one hot pocket, 16 writers ÷ updates of one row',
      figures: rates(together, row),
      ratio: together / row,
      goal: { atLeast: 5 },
    },
    {
      id: 'S7',
      metric: 'the same through HTTP ÷ a POST that does nothing',
      figures: rates(post, emptyPost),
      ratio: post / emptyPost,
      goal: { atLeast: 0.8 },
    },
    { id: '-', metric: 'the same without groups ÷ updates of one row', figures: rates(alone, row), ratio: alone / row },
  ];
}

function throughputRows({ clync, unchanged, gateway, limit }: Record<Way, Throughput>): Row[] {
  const rate = ({ perSecond, bytes }: Throughput) => `${perSecond.toFixed(0)}/s of ${(bytes / 1000).toFixed(1)} kB`;
  return [
    {
      id: 'S1',
      metric: 'screens/s ÷ single gateway (five calls)',
      figures: `${rate(clync)} ÷ ${rate(gateway)}`,
      ratio: clync.perSecond / gateway.perSecond,
      goal: { atLeast: 5 },
    },
    {
      id: 'S3',
      metric: 'screens/s ÷ raw limit',
      figures: `${rate(clync)} ÷ ${rate(limit)}`,
      ratio: clync.perSecond / limit.perSecond,
      goal: { atLeast: 0.35 },
    },
    {
      id: '-',
      metric: 'screens with every section fresh, under that load',
      figures: `of the unchanged ones ${(unchanged.whole * 100).toFixed(1)} % were 304`,
      ratio: clync.whole,
    },
  ];
}

function cpuRows({ clync, unchanged, gateway, limit }: Record<Way, Throughput>): Row[] {
  // The load does one round trip of undici for each screen of the limit, and nothing else.
  const roundTrip = limit.cpuMs['bench'] ?? NaN;
  const bff = clync.cpuMs['bff-mobile'] ?? NaN;
  return [
    {
      id: 'S4',
      metric: 'CPU of bff-mobile a screen ÷ one round trip of undici',
      figures: `${ms(bff)} ÷ ${ms(roundTrip)}`,
      ratio: bff / roundTrip,
      goal: { atMost: 2.5 },
    },
    {
      id: 'S6',
      metric: 'CPU of an unchanged screen (304) ÷ of a full one',
      figures: `${ms(total(unchanged))} ÷ ${ms(total(clync))}`,
      ratio: total(unchanged) / total(clync),
      goal: { atMost: 0.1 },
    },
    { id: '-', metric: 'CPU of a screen ÷ at the limit', figures: listCpu(clync), ratio: total(clync) / total(limit) },
    { id: '-', metric: 'CPU by the gateway ÷ at the limit', figures: listCpu(gateway), ratio: total(gateway) / total(limit) }, // prettier-ignore
    { id: '-', metric: 'CPU at the limit', figures: listCpu(limit) },
  ];
}

/** Every process of ours and PostgreSQL, without the load itself. */
function serverCpu({ cpuMs }: Throughput): [string, number][] {
  return Object.entries(cpuMs).filter(([name]) => name !== 'bench');
}

function total(way: Throughput): number {
  return serverCpu(way).reduce((sum, [, cpu]) => sum + cpu, 0);
}

function listCpu(way: Throughput): string {
  const parts = serverCpu(way).flatMap(([name, cpu]) => (cpu >= 0.02 ? [`${name} ${cpu.toFixed(2)}`] : []));
  return `${ms(total(way))}: ${parts.join(', ')}`;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}
