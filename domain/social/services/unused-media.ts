import { Prisma } from '#prisma/social';

/** Of a `media m`: no post, profile or pocket shows it, and no draft that can still be published names it. */
export const unused = Prisma.sql`
  NOT EXISTS (SELECT FROM post_media pm WHERE pm.media_id = m.id)
  AND NOT EXISTS (SELECT FROM profile p WHERE p.avatar_media_id = m.id)
  AND NOT EXISTS (SELECT FROM pocket_image i WHERE i.media_id = m.id)
  AND NOT EXISTS (
    SELECT FROM draft d CROSS JOIN LATERAL jsonb_array_elements_text(d.post -> 'mediaIds') AS named (media_id)
    WHERE d.account_id = m.account_id AND d.published_as_id IS NULL AND named.media_id::uuid = m.id
  )`;
