import { crashesLoseNothing } from './crashes-lose-nothing.ts';
import { databaseRestarts } from './database-restarts.ts';
import { moneyIsPreserved } from './money-is-preserved.ts';
import { oneKeyOneEffect } from './one-key-one-effect.ts';
import { eventsCountOnce } from './events-count-once.ts';
import { outageStaysThere } from './outage-stays-there.ts';
import type { Scenario } from './scenario.ts';
import { transfersEnd } from './transfers-end.ts';

/** In the order in which they run. A new one is a file beside this one, and its line here. */
export const scenarios: Scenario[] = [
  moneyIsPreserved,
  crashesLoseNothing,
  databaseRestarts,
  oneKeyOneEffect,
  transfersEnd,
  eventsCountOnce,
  outageStaysThere,
];
