const longest = 60;
/** What banks print around a name: how it was paid, and by which form of company. */
const noise = new Set(
  'card payment purchase debit credit direct pos visa mastercard contactless online recurring sepa ref the inc ltd llc gmbh ag plc sa bv com www'.split(
    ' ',
  ),
);

/**
 * Whom a transaction was with, by its description: the words of the name, without branch numbers, dates, references and what
 * banks print around it. `CARD PAYMENT Green Grocer 021 22/11` is `green grocer`. Empty when no name is in it.
 */
export function merchantOf(description: string): string {
  const words = description
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}'’]+/u)
    .filter((word) => /\p{L}/u.test(word) && !/\d.*\d/.test(word) && !noise.has(word));
  return words.join(' ').slice(0, longest).trim();
}
