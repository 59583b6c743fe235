import { list, time } from './social-section.ts';
import type { SocialSection } from './social-section.ts';

export const writings: SocialSection[] = [
  {
    name: 'posts',
    from: 'post p',
    owner: 'p.author_id',
    key: 'p.id',
    record: {
      id: 'p.id',
      text: 'p.text',
      visibility: 'p.visibility',
      circleId: 'p.circle_id',
      replyToId: 'p.reply_to_id',
      quoteOfId: 'p.quote_of_id',
      replyPolicy: 'p.reply_policy',
      quotePolicy: 'p.quote_policy',
      pocketId: 'p.pocket_id',
      mediaIds: list('SELECT m.media_id FROM post_media m WHERE m.post_id = p.id'),
      tags: list('SELECT t.tag FROM post_tag t WHERE t.post_id = p.id'),
      mentionedIds: list('SELECT m.account_id FROM post_mention m WHERE m.post_id = p.id'),
      replies: 'p.reply_count',
      reactions: 'p.reaction_count',
      reposts: 'p.repost_count',
      createdAt: time('p.created_at'),
      editedAt: time('p.edited_at'),
      removedAt: time('p.removed_at'),
      deletedAt: time('p.deleted_at'),
    },
  },
  {
    name: 'post-revisions',
    from: 'post_revision r JOIN post p ON p.id = r.post_id',
    owner: 'p.author_id',
    key: `md5(r.post_id::text || ' ' || r.version::text)::uuid`,
    record: {
      postId: 'r.post_id',
      version: 'r.version',
      text: 'r.text',
      media: 'r.media',
      writtenAt: time('r.written_at'),
    },
  },
  {
    name: 'drafts',
    from: 'draft d',
    owner: 'd.account_id',
    key: 'd.id',
    record: {
      id: 'd.id',
      post: 'd.post',
      createdAt: time('d.created_at'),
      updatedAt: time('d.updated_at'),
      publishedAsId: 'd.published_as_id',
    },
  },
  {
    name: 'media',
    from: 'media m',
    owner: 'm.account_id',
    key: 'm.id',
    record: {
      id: 'm.id',
      file: `CASE WHEN m.status = 'ready' THEN 'media/' || m.id::text || '.webp' END`,
      status: 'm.status',
      altText: 'm.alt_text',
      contentType: 'm.content_type',
      byteLength: 'm.byte_length',
      width: 'm.width',
      height: 'm.height',
      createdAt: time('m.created_at'),
    },
  },
];

export const doings: SocialSection[] = [
  {
    name: 'reactions',
    from: 'reaction r',
    owner: 'r.account_id',
    key: 'r.post_id',
    record: { postId: 'r.post_id', kind: 'r.kind', createdAt: time('r.created_at') },
  },
  {
    name: 'reposts',
    from: 'repost r',
    owner: 'r.account_id',
    key: 'r.id',
    record: { id: 'r.id', postId: 'r.post_id', createdAt: time('r.created_at') },
  },
  {
    name: 'bookmarks',
    from: 'bookmark b',
    owner: 'b.account_id',
    key: 'b.id',
    record: { id: 'b.id', postId: 'b.post_id' },
  },
];
