import type { components } from '#openapi/bff-admin';
import type { NoteRow } from '../services/user-notes.ts';

export function presentUserNote({
  id,
  text,
  authorOid,
  authorName,
  createdAt,
}: NoteRow): components['schemas']['UserNote'] {
  return { id, text, author: { oid: authorOid, name: authorName }, createdAt: createdAt.toISOString() };
}
