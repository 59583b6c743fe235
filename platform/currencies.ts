/**
 * The active currencies of ISO 4217 (list one) and how many decimals each has; funds, metals and test codes are not money
 * that a person holds.
 */
const byDecimals: Record<number, string> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
    CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
    KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
    PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
};

const decimals = new Map(
  Object.entries(byDecimals).flatMap(([count, codes]) =>
    codes.split(/\s+/).map((code) => [code, Number(count)] as const),
  ),
);

/** Whether the code is one of an active currency: three capital letters of ISO 4217. */
export function isKnownCurrency(code: string): boolean {
  return decimals.has(code);
}

/** How many decimals the currency has: 0, 2 or 3. */
export function decimalsOf(currency: string): number {
  const count = decimals.get(currency);
  if (count === undefined) throw new RangeError(`${currency} is not an active currency of ISO 4217`);
  return count;
}

/** Minor units in words, exactly and without a locale: `-12.50 EUR`, `1250 JPY`, `1.250 KWD`. */
export function formatMoney(amountMinor: number, currency: string): string {
  const count = decimalsOf(currency);
  const digits = String(Math.abs(amountMinor)).padStart(count + 1, '0');
  const whole = digits.slice(0, digits.length - count);
  const fraction = digits.slice(digits.length - count);
  return `${amountMinor < 0 ? '-' : ''}${whole}${count > 0 ? `.${fraction}` : ''} ${currency}`;
}
