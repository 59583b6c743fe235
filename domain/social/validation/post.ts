import { Problem } from '#platform/problem';
import { postEmpty } from '../errors.ts';

/** What has no width is not seen, and is no white space either. */
const anythingSeen = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A post says or shows something; a schema cannot state that. */
export function assertNotEmpty({ text, mediaIds }: { text: string; mediaIds: string[] }): void {
  if (!anythingSeen.test(text) && mediaIds.length === 0) throw postEmpty();
}

/** A circle is named for `visibility: circle`, and then always. */
export function assertCircleFits({
  visibility,
  circleId,
}: {
  visibility: string;
  circleId?: string | undefined;
}): void {
  if ((visibility === 'circle') === (circleId !== undefined)) return;
  throw invalid('/circleId', 'comes with the visibility circle, and only with it');
}

/** Who may reply is settled for a whole thread, by its first post. */
export function assertFirstOfThread(post: { replyToId?: string | undefined; replyPolicy?: string | undefined }): void {
  if (post.replyToId === undefined || post.replyPolicy === undefined) return;
  throw invalid('/replyPolicy', 'is for the first post of a thread');
}

function invalid(pointer: string, message: string): Problem {
  return new Problem('invalid_request', undefined, { errors: [{ pointer, message }] });
}
