import PdfDocument from 'pdfkit';
import { formatMoney } from '#platform/currencies';
import type { StatementHead } from '../services/statements.ts';
import type { StatementWriter } from './write-statement.ts';

const margin = 50;
const lineHeight = 12;
const linesPerPage = 58;

/** A page of A4 for every 58 lines, in a font of one width, so that a line is one piece of text. */
export function createPdf({ account, currency, period, openingMinor, closingMinor }: StatementHead): StatementWriter {
  const title = `Statement of ${account.name}`;
  const document = new PdfDocument({ size: 'A4', margin, info: { Title: printable(title), CreationDate: period.to } });
  const pieces: Buffer[] = [];
  const written = new Promise<void>((resolve) =>
    document.on('data', (piece: Buffer) => pieces.push(piece)).on('end', resolve),
  );
  let line = 0;

  function write(text: string): void {
    if (line === linesPerPage) document.addPage();
    line = line === linesPerPage ? 0 : line;
    document.text(printable(text), margin, margin + line * lineHeight, { lineBreak: false });
    line += 1;
  }

  document.font('Courier').fontSize(9);
  write(title);
  write(`${period.from.toISOString()} to ${period.to.toISOString()}`);
  write('');
  write(row('Time (UTC)', 'Movement', 'Sum', 'Balance'));
  write(row(period.from.toISOString(), 'opening balance', '', formatMoney(openingMinor, currency)));
  return {
    add: (lines) => {
      for (const { createdAt, kind, amountMinor, balanceAfterMinor } of lines)
        write(
          row(
            createdAt,
            kind.replaceAll('_', ' '),
            formatMoney(amountMinor, currency),
            formatMoney(balanceAfterMinor, currency),
          ),
        );
    },
    end: async (checksum) => {
      write(row(period.to.toISOString(), 'closing balance', '', formatMoney(closingMinor, currency)));
      write('');
      write(`SHA-256 ${checksum}`);
      document.end();
      await written;
      return Buffer.concat(pieces);
    },
  };
}

function row(time: string, kind: string, sum: string, balance: string): string {
  return `${time.slice(0, 19).replace('T', ' ').padEnd(20)} ${kind.padEnd(18)} ${sum.padStart(22)} ${balance.padStart(22)}`;
}

/** The font has the letters of Western Europe alone. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a1-\u00ff]/gu, '?');
}
