import { escapeHtml } from '#platform/html';
import type { MailText } from '../services/mailer.ts';

/** The mails that carry a code, and those that only tell. */
export type CodeMail = 'verification' | 'password_reset';
export type TellingMail =
  | 'password_changed'
  | 'email_change_requested'
  | 'email_changed'
  | 'closure_requested'
  | 'closure_ended'
  | 'closure_put_off';

const unasked = 'If it was not you, set a new password in the app: sign in, or choose “Forgot password”.';

// Nothing in these is written by a person: a name in a mail to somebody else's address would carry whatever they like.
const codeTexts: Record<CodeMail, { subject: string; before: string; after: string }> = {
  verification: {
    subject: 'Your CLYNC code',
    before: 'Enter this code in the app to show that this e-mail address is yours:',
    after: 'It is good for 30 minutes. If you have not asked for it, you need not do anything.',
  },
  password_reset: {
    subject: 'A new password for CLYNC',
    before: 'Enter this code in the app to set a new password:',
    after: 'It is good for 30 minutes. If you have not asked for it, you need not do anything: your password stays.',
  },
};

const tellingTexts: Record<TellingMail, { subject: string; lines: string[] }> = {
  password_changed: {
    subject: 'Your CLYNC password was changed',
    lines: ['The password of your account was changed, and other devices were signed out.', unasked],
  },
  email_change_requested: {
    subject: 'A new e-mail address for your CLYNC account',
    lines: [
      'Somebody who knows your password has asked to change the e-mail address of your account.',
      'It changes when the new address is confirmed; until then you sign in with this one.',
      unasked,
    ],
  },
  email_changed: {
    subject: 'The e-mail address of your CLYNC account was changed',
    lines: [
      'Your account has a new e-mail address. This one no longer belongs to it.',
      'If it was not you, write to us from this address.',
    ],
  },
  closure_requested: {
    subject: 'Your CLYNC account will be deleted',
    lines: [
      'As you asked, you were signed out everywhere, nobody sees you any more, and your account will be deleted for good on the day that the app has told you.',
      'To keep it, sign in before then: everything will be as it was.',
      unasked,
    ],
  },
  closure_ended: {
    subject: 'You keep your CLYNC account',
    lines: ['You have signed in, so your account will not be deleted. Everything is as it was.', unasked],
  },
  closure_put_off: {
    subject: 'Your CLYNC account could not be deleted yet',
    lines: [
      'Money has arrived in your account, or is on its way, since you asked for its deletion.',
      'Sign in, move the money to your bank, and delete the account again. Until the money is gone we put the deletion off from day to day.',
    ],
  },
};

export function codeMail(kind: CodeMail, code: string): MailText {
  const { subject, before, after } = codeTexts[kind];
  const shown = `<p style="font:700 2rem/1.5 monospace;letter-spacing:.2em">${escapeHtml(code)}</p>`;
  return {
    subject,
    text: plain([before, code, after]),
    html: page(subject, `${paragraph(before)}${shown}${paragraph(after)}`),
  };
}

export function tellingMail(kind: TellingMail): MailText {
  const { subject, lines } = tellingTexts[kind];
  return { subject, text: plain(lines), html: page(subject, lines.map(paragraph).join('')) };
}

function plain(lines: string[]): string {
  return `${[...lines, 'CLYNC'].join('\n\n')}\n`;
}

function paragraph(line: string): string {
  return `<p>${escapeHtml(line)}</p>`;
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body style="font:16px/1.5 system-ui,sans-serif;color:#1c2430;max-width:34rem;margin:2rem auto;padding:0 1rem">
${body}<p>CLYNC</p>
</body>
</html>
`;
}
