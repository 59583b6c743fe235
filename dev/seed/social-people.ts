import { newId } from '#platform/ids';
import type { Random } from './random.ts';

export interface SeededPerson {
  id: string;
  handle: string;
  email: string;
  displayName: string;
  bio: string;
  locked: boolean;
  createdAt: Date;
  lastActiveAt: Date;
}

const dayMs = 86_400_000;

const firstNames =
  `Ada Ben Cleo Dario Elif Femi Greta Hugo Ines Jonas Kira Liam Mina Noah Olga Priya Quinn Rosa Samir Tess
  Umar Vera Wanda Xenia Yusuf Zoe Amara Boris Chen Dilan Emil Freya Goran Hana Ivo Jia Karim Lena Marek Nadia`.split(
    /\s+/,
  );
const lastNames =
  `Abara Becker Castillo Dvorak Eriksen Fontaine Garcia Haddad Ibsen Jansen Kowalski Lindqvist Moreau Novak
  Okafor Petrov Quist Rossi Schmidt Tanaka Ueda Varga Weber Xu Yilmaz Ziegler Almeida Brandt Cohen Dubois`.split(/\s+/);
const places = 'Lisbon Utrecht Leipzig Ghent Turin Malmö Porto Graz Lyon Kraków Bilbao Tartu'.split(' ');
const callings = [
  'Nurse on night shifts',
  'Teaches maths, badly at chess',
  'Carpenter',
  'Bakes before sunrise',
  'Studies law, mostly in cafés',
  'Drives a tram',
  'Two kids, one garden',
  'Designs board games',
  'Climbs when it does not rain',
  'Repairs old radios',
  'Writes software that nobody sees',
  'Runs a small flower shop',
];
const aims = [
  'Saving for a bicycle tour.',
  'A kitchen table for ten, one day.',
  'Putting something by every Friday.',
  'One year without a credit card.',
  'The boat will be called Patience.',
  'Slowly, but every month.',
  'Rainy-day fund: half an umbrella.',
  '',
];

/** The first names alone come first (`ada`, `ben`, …), then names with family names. */
export function makePeople(count: number, random: Random, now: Date): SeededPerson[] {
  const taken = new Set<string>();
  return Array.from({ length: count }, (_, place) => {
    const first = firstNames[place % firstNames.length] ?? '';
    const last = random.pick(lastNames);
    const handle = freeHandle(taken, place < firstNames.length ? first : `${first}_${last}`);
    const createdAt = new Date(now.getTime() - (30 + random.below(300)) * dayMs - random.below(dayMs));
    return {
      id: newId(createdAt),
      handle,
      email: `${handle}@example.com`,
      displayName: `${first} ${last}`,
      bio: `${random.pick(callings)} in ${random.pick(places)}. ${random.pick(aims)}`.trim(),
      locked: place % 23 === 22,
      createdAt,
      lastActiveAt: new Date(now.getTime() - random.below(9 * dayMs)),
    };
  });
}

function freeHandle(taken: Set<string>, name: string): string {
  const plain = name.toLowerCase();
  let handle = plain;
  for (let number = 2; taken.has(handle); number += 1) handle = `${plain}${String(number)}`;
  taken.add(handle);
  return handle;
}
