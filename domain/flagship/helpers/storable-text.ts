/** What a bank prints, as it can be kept: no NUL and no half of a character, since one in a name must not keep a connection from its news. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
