// The bench world's ids are counted, so that both databases and the measurements can name the same things.
const kinds = {
  person: 1,
  wallet: 2,
  pocket: 3,
  clearing: 4,
  ledgerTransaction: 5,
  post: 6,
  notification: 7,
  connection: 8,
  bankAccount: 9,
} as const;

export type Kind = keyof typeof kinds;

/** The id of the n-th thing of a kind; ids of one kind sort by n. */
export function benchId(kind: Kind, n: number): string {
  return `00000000-0000-7000-800${String(kinds[kind])}-${n.toString(16).padStart(12, '0')}`;
}

/** The same as an SQL expression over an integer expression. */
export function sqlId(kind: Kind, n: string): string {
  return `('00000000-0000-7000-800${String(kinds[kind])}-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
}
