import { unknownRule } from '../errors.ts';

/** What nobody may do here, in the order in which it is shown. Ids are kept in reports and sanctions: never change or reuse one. */
export const communityRules = [
  {
    id: 'respect',
    title: 'Treat people with respect',
    text: 'No insults, no threats, and nobody chased through their posts.',
  },
  {
    id: 'no_hate',
    title: 'No hate',
    text: 'Do not attack people for their origin, religion, sex, orientation, disability or illness.',
  },
  {
    id: 'no_violence',
    title: 'No violence',
    text: 'Do not threaten, call for or praise violence, against others or against yourself.',
  },
  {
    id: 'no_sexual_content',
    title: 'No sexual content',
    text: 'No nudity and no sexual pictures or texts. Of minors, we report it to the authorities.',
  },
  {
    id: 'no_spam',
    title: 'No spam',
    text: "Do not post the same thing again and again, and do not advertise in other people's threads.",
  },
  {
    id: 'no_fraud',
    title: 'No fraud',
    text: 'Do not promise returns, ask for money under a pretext, or ask for passwords and codes.',
  },
  {
    id: 'no_financial_pressure',
    title: 'No pressure about money',
    text: 'Do not shame people for what they have or save, and do not push them to give or to invest.',
  },
  {
    id: 'no_impersonation',
    title: 'Be yourself',
    text: 'Do not pass yourself off as somebody else, as a company, or as staff of CLYNC.',
  },
  {
    id: 'privacy',
    title: "Keep other people's affairs private",
    text: 'No addresses, account numbers, balances or messages of others without their consent.',
  },
] as const;

const known = new Set<string>(communityRules.map(({ id }) => id));

/** @throws unknown_rule */
export function assertKnownRules(ruleIds: string[]): void {
  const place = ruleIds.findIndex((ruleId) => !known.has(ruleId));
  if (place !== -1) throw unknownRule(place);
}
