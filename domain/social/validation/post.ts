import { postEmpty } from '../errors.ts';

/** A post says or shows something; a schema cannot state that. */
export function assertNotEmpty({ text, mediaIds }: { text: string; mediaIds: string[] }): void {
  if (text.trim() === '' && mediaIds.length === 0) throw postEmpty();
}
