/** What tests of posts do again and again, short to write. */
import type { operations } from '#openapi/social';
import type { Person, World } from './world.ts';

type NewPost = operations['createPost']['requestBody']['content']['application/json'];

export function createPosting({ social }: World) {
  return {
    post: async (author: Person, text: string, more: Partial<NewPost> = {}) => {
      const body: NewPost = { text, visibility: 'public', ...more };
      return (await social.createPost({ as: author.as, body }).expect(201)).body;
    },
    reply: async (author: Person, replyToId: string, more: Partial<NewPost> = {}) => {
      const body: NewPost = { text: 'Re', visibility: 'public', replyToId, ...more };
      return (await social.createPost({ as: author.as, body }).expect(201)).body;
    },
    read: async (viewer: Person, postId: string) =>
      (await social.getPost({ as: viewer.as, path: { postId } }).expect(200)).body,
    remove: (author: Person, postId: string) => social.deletePost({ as: author.as, path: { postId } }).expect(204),
    follow: (follower: Person, { id: userId }: Person) =>
      social.followUser({ as: follower.as, path: { userId } }).expect(200),
    block: (blocker: Person, { id: userId }: Person) =>
      social.blockUser({ as: blocker.as, path: { userId } }).expect(204),
    circle: async (owner: Person, ...members: Person[]) => {
      const { body } = await social.createCircle({ as: owner.as, body: { name: 'Family' } }).expect(201);
      for (const { id: userId } of members) {
        await social.addCircleMember({ as: owner.as, path: { circleId: body.id, userId } });
      }
      return body.id;
    },
    /** The notifications of a person as `[kind, post]`, newest first. */
    told: async (person: Person) => {
      const { body } = await social.listNotifications({ as: person.as, query: {} }).expect(200);
      return body.items.map(({ kind, postId }) => [kind, postId]);
    },
  };
}
