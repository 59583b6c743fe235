/** Formats told by their first bytes, so that no decoder but the one for the format ever sees the file. */
const signatures: { type: string; matches: (head: Buffer) => boolean }[] = [
  { type: 'image/jpeg', matches: (head) => head.readUIntBE(0, 3) === 0xffd8ff },
  { type: 'image/png', matches: (head) => head.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n' },
  { type: 'image/gif', matches: (head) => /^GIF8[79]a/.test(head.toString('latin1', 0, 6)) },
  { type: 'image/webp', matches: (head) => /^RIFF[^]{4}WEBP$/.test(head.toString('latin1', 0, 12)) },
  { type: 'image/avif', matches: (head) => /^ftypavi[fs]$/.test(head.toString('latin1', 4, 12)) },
];

/** The media type of an image by its content; undefined for anything that is not taken. */
export function sniffImage(bytes: Buffer): string | undefined {
  if (bytes.length < 16) return undefined;
  return signatures.find(({ matches }) => matches(bytes))?.type;
}
