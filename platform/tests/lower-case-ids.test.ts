import { afterAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { newId } from '../ids.ts';
import { createEchoService, echoDocument } from './echo-service.ts';

const id = { type: 'string', format: 'uuid' };
const ids = { type: 'array', items: { $ref: '#/components/schemas/Id' }, uniqueItems: true };
const body = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    parts: { type: 'array', items: { type: 'object', properties: { id } } },
    among: { oneOf: [ids, { type: 'null' }] },
    all: { allOf: [{ type: 'object', properties: { id } }] },
  },
};
const { post } = echoDocument.paths['/v1/echoes'];
const { get } = echoDocument.paths['/v1/echoes/{echoId}'];
const wanted = { name: 'wanted', in: 'query', schema: { $ref: '#/components/schemas/Id' } };
const several = { name: 'several', in: 'query', style: 'form', explode: false, schema: ids };
const document = {
  ...echoDocument,
  paths: {
    '/v1/echoes': { post: { ...post, requestBody: { content: { 'application/json': { schema: body } } } } },
    '/v1/echoes/{echoId}': { get: { ...get, parameters: [...get.parameters, wanted, several] } },
  },
  components: { ...echoDocument.components, schemas: { Id: id } },
};

/** Answers with what its handler was given. */
const service = createEchoService({
  document,
  open: [],
  handlers: {
    createEcho: ({ body: given }) => ({ status: 201, body: { text: JSON.stringify(given) } }),
    getEcho: ({ path, query }) => ({ status: 200, body: { text: JSON.stringify([path, query]) } }),
    getOpen: () => ({ status: 200, body: { text: '' } }),
  },
});
afterAll(() => service.stop());

const [one, two] = [newId(), newId()];
const [ONE, TWO] = [one.toUpperCase(), two.toUpperCase()];

async function given(call: request.Test): Promise<unknown> {
  const answer = await call.set('Authorization', 'Bearer ada');
  return JSON.parse((answer.body as { text: string }).text);
}
const send = (value: object) => request(service.app).post('/v1/echoes').send(value);

describe('ids in capital letters', () => {
  test('are in small ones wherever a body has them, and nothing else is', async () => {
    const value = { text: ONE, parts: [{ id: ONE }, { id: two }], among: [ONE, TWO], all: { id: ONE } };

    const read = await given(send(value));

    expect(read).toEqual({ text: ONE, parts: [{ id: one }, { id: two }], among: [one, two], all: { id: one } });
  });

  test('are the same as in small ones where each may stand once', async () => {
    await send({ among: [one, TWO] })
      .set('Authorization', 'Bearer ada')
      .expect(201);
    await send({ among: [one, ONE] })
      .set('Authorization', 'Bearer ada')
      .expect(400);
  });

  test('are in small ones in the path and the query, in the first request as in later ones', async () => {
    const call = () => request(service.app).get(`/v1/echoes/${ONE}?wanted=${TWO}&several=${ONE},${two}`);
    const expected = [{ echoId: one }, { limit: 20, wanted: two, several: [one, two] }];

    expect(await given(call())).toEqual(expected);
    expect(await given(call())).toEqual(expected);
  });

  test.each([[[]], [{ parts: {} }], [{ among: 'x' }], [{ parts: [null] }], [{ all: 1 }]])(
    'are no concern of a body of another shape: %j',
    async (value) => {
      const answer = await send(value).set('Authorization', 'Bearer ada');

      expect(answer.status).toBe(400);
    },
  );
});
