/** What a bank prints, as it can be kept: PostgreSQL takes no NUL, and one in a name must not keep a connection from its news. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '');
}
