import { createInterface } from 'node:readline/promises';
import type { ConsentAnswer } from '../../domain/flagship/provider/contract-suite/suite.ts';
import { decideConsent } from '../flagship-sandbox/consent-form.ts';

/** Fills in a plain form as the sandbox's by itself; for any other page it asks whoever is at the terminal. */
export async function decide(authorizeUrl: string, decision: 'approve' | 'deny'): Promise<ConsentAnswer> {
  const answer = await decideConsent(authorizeUrl, decision).catch(() => undefined);
  return answer ?? askAtTerminal(authorizeUrl, decision);
}

async function askAtTerminal(authorizeUrl: string, decision: 'approve' | 'deny'): Promise<ConsentAnswer> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const what = decision === 'approve' ? 'agree' : 'decline';
    const pasted = await terminal.question(
      `Open ${authorizeUrl}\n${what}, and paste the address that the browser was sent to: `,
    );
    return Object.fromEntries(new URL(pasted.trim()).searchParams) as unknown as ConsentAnswer;
  } finally {
    terminal.close();
  }
}
