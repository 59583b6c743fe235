import { expect, test } from '@jest/globals';
import { listOperations, loadDocument } from '#platform/document';
import type { Document } from '#platform/document';

/** What says something of money. */
const ofMoney =
  /minor$|amount|balance|currency|percent|iban|mask$|wallet|transaction|transfer|contribut|withdraw|institution|payout|safeToSpend/i;
/** What says something of a person, or is said by one. */
const ofPeople =
  /^(handle|displayName|bio|email|avatar\w*|author|followers|following|posts?|replies|reactions?|reposts?|mentions|quote|media|altText|blurhash)$/;

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  [keyword: string]: unknown;
}

/** The members that stand anywhere in an answer, each as `operation: member`. */
function answeredMembers(document: Document): string[] {
  const members = new Set<string>();

  function walk(schema: Schema, operationId: string, seen: ReadonlySet<string>): void {
    if (schema.$ref !== undefined) {
      if (!seen.has(schema.$ref)) walk(pointedTo(document, schema.$ref), operationId, new Set([...seen, schema.$ref]));
      return;
    }
    for (const name of Object.keys(schema.properties ?? {})) members.add(`${operationId}: ${name}`);
    const within = [schema.items, schema.additionalProperties, schema.oneOf, schema.anyOf, schema.allOf].flat();
    for (const part of [...Object.values(schema.properties ?? {}), ...within]) {
      if (typeof part === 'object' && part !== null) walk(part as Schema, operationId, seen);
    }
  }

  for (const { id, operation } of listOperations(document)) {
    for (const answer of Object.values(responsesOf(operation))) {
      const { content = {} } = answer.$ref === undefined ? answer : pointedTo<typeof answer>(document, answer.$ref);
      for (const { schema } of Object.values(content)) if (schema) walk(schema, id, new Set());
    }
  }
  return [...members];
}

interface Answer {
  $ref?: string;
  content?: Record<string, { schema?: Schema }>;
}

function responsesOf(operation: object): Record<string, Answer> {
  return (operation as { responses: Record<string, Answer> }).responses;
}

function pointedTo<T = Schema>(document: Document, reference: string): T {
  const names = reference.slice(2).split('/');
  return names.reduce(
    (at: unknown, name) => (at as Record<string, unknown>)[name.replaceAll('~1', '/')],
    document,
  ) as T;
}

function matching(service: string, words: RegExp): string[] {
  return answeredMembers(loadDocument(service)).filter((member) => words.test(member.split(': ')[1] ?? ''));
}

test('no answer of social says anything of money', () => {
  expect(matching('social', ofMoney)).toEqual([]);
});

test.each(['financial', 'flagship'])('no answer of %s says anything of people but their ids', (service) => {
  expect(matching(service, ofPeople)).toEqual([]);
});

test('and each is found where it belongs', () => {
  expect(matching('social', ofPeople)).toEqual(expect.arrayContaining(['getPost: author', 'getMe: email']));
  expect(matching('financial', ofMoney)).toEqual(expect.arrayContaining(['getWallet: balances', 'getPocket: percent']));
});
