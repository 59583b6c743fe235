/** What arrives in a person's mailbox. */
import { waitFor } from '#platform/testing/wait';
import type { World } from './world.ts';

/** The mails to an address, newest first. */
export function mailsTo({ mailbox }: World, email: string) {
  return mailbox.mails.list(email);
}

/** Waits for the newest code that was sent to an address, when `count` mails with one have arrived there. */
export async function codeTo({ mailbox }: World, email: string, { count = 1 } = {}): Promise<string> {
  return waitFor('a code', () => {
    const codes = mailbox.mails.list(email).flatMap(({ text }) => /^\d{6}$/m.exec(text) ?? []);
    return codes.length >= count ? codes[0] : undefined;
  });
}

/** Another code than this one. */
export function otherThan(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0');
}
