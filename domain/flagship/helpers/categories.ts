import type { components } from '#openapi/flagship';

export type Category = components['schemas']['TransactionCategory'];

/**
 * Words by which a transaction's category is guessed; the first row with a word of the description decides. A word counts
 * whole, with a plural; with a star also as the beginning of one: `pharmac*` is in `City Pharmacy`, `bar` not in `Barber`.
 */
const patterns: [Category, string[]][] = [
  ['cash', ['atm', 'cash withdrawal', 'geldautomat', 'bancomat']],
  ['fees', ['fee', 'charge', 'interest', 'overdraft', 'commission', 'gebühr*']],
  ['transfers', ['transfer', 'clync', 'revolut', 'wise', 'standing order', 'überweisung']],
  ['groceries', ['grocer*', 'supermarket', 'tesco', 'sainsbury*', 'aldi', 'lidl', 'rewe', 'edeka', 'carrefour', 'whole foods', 'walmart', 'bakery', 'butcher*', 'farmers market']], // prettier-ignore
  ['eating_out', ['cafe', 'café', 'coffee', 'starbucks', 'restaurant*', 'pizz*', 'burger', 'mcdonald*', 'sushi', 'bistro', 'bar', 'pub', 'deliveroo', 'uber eats', 'lieferando', 'just eat', 'diner']], // prettier-ignore
  ['subscriptions', ['streamflix', 'netflix', 'spotify', 'disney plus', 'prime video', 'youtube premium', 'icloud', 'audible', 'patreon', 'subscription']], // prettier-ignore
  ['transport', ['transit', 'uber', 'bolt', 'lyft', 'taxi', 'train', 'railway*', 'bahn', 'sncf', 'metro', 'bus', 'parking', 'petrol', 'fuel', 'shell', 'esso', 'bp', 'bike']], // prettier-ignore
  ['utilities', ['power', 'electric*', 'energy', 'water', 'gas', 'telecom*', 'vodafone', 'telekom', 'mobile', 'internet', 'broadband']], // prettier-ignore
  ['housing', ['rent', 'mortgage', 'landlord', 'property', 'council tax', 'ikea', 'furniture', 'hardware', 'diy']],
  ['health', ['pharmac*', 'apotheke*', 'doctor', 'dentist*', 'hospital', 'clinic', 'optician*', 'gym', 'fitness', 'yoga']], // prettier-ignore
  ['travel', ['hotel', 'hostel', 'airbnb', 'booking*', 'airline', 'airways', 'lufthansa', 'ryanair', 'easyjet', 'flight']], // prettier-ignore
  ['education', ['school', 'university', 'college', 'course', 'tuition', 'udemy', 'coursera']],
  ['gifts', ['gift', 'donation', 'charity', 'florist*', 'flower', 'red cross', 'unicef']],
  ['entertainment', ['cinema', 'theatre', 'theater', 'concert', 'museum', 'ticket*', 'steam', 'playstation', 'xbox', 'nintendo']], // prettier-ignore
  ['shopping', ['amazon*', 'ebay', 'zalando', 'shop', 'store', 'mall', 'book', 'clothing', 'fashion', 'shoe', 'apple', 'electronics']], // prettier-ignore
];
const incomePatterns: [Category, string[]][] = [
  ['income', ['salary', 'wage', 'payroll', 'pension', 'gehalt', 'lohn', 'dividend', 'bonus', 'benefit', 'interest']],
  ['refunds', ['refund*', 'reversal', 'cashback', 'chargeback', 'erstattung*']],
];

const outgoing = compile(patterns);
const incoming = [...compile(incomePatterns), ...outgoing];

/** The first guess, by the words of the description and the direction of the money. */
export function guessCategory({ description, amountMinor }: { description: string; amountMinor: number }): Category {
  const text = description.normalize('NFKC').toLowerCase();
  const found = (amountMinor > 0 ? incoming : outgoing).find(({ words }) => words.test(text));
  return found?.category ?? 'other';
}

function compile(rows: [Category, string[]][]) {
  return rows.map(([category, words]) => {
    const forms = words.map((word) => (word.endsWith('*') ? String.raw`${word.slice(0, -1)}\p{L}*` : `${word}s?`));
    return { category, words: new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${forms.join('|')})(?![\p{L}\p{N}])`, 'u') };
  });
}
