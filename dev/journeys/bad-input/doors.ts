import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import got from 'got';
import { SignJWT, importJWK } from 'jose';
import { callersOf } from '../../../platform/callers.ts';
import type { CallerKind } from '../../../platform/caller.ts';
import { loadDocument } from '../../../platform/document.ts';
import type { Document, OperationEntry } from '../../../platform/document.ts';
import { createServiceTokenIssuer } from '../../../platform/service-token.ts';
import type { ActsFor } from '../../../platform/service-token.ts';
import { loadSecrets } from '../../stack/secrets.ts';
import type { Secrets } from '../../stack/secrets.ts';
import type { Stack } from '../../stack/stack.ts';

/** One process of the stack as callers meet it, with every key to it, right and wrong. */
export interface Door {
  name: string;
  url: string;
  document: Document;
  /** The Authorization header of somebody whom the operation is for; undefined where everybody may call it. */
  credentials(entry: OperationEntry): Promise<string | undefined>;
  /** Whether only a browser's session opens it, which these requests do not have. */
  isForBrowsers(entry: OperationEntry): boolean;
  /** Authorization headers that must be refused: with 401, or with 403 where `knows` who it is. */
  wrongKeys(entry: OperationEntry): Promise<{ why: string; authorization: string | undefined; knows?: boolean }[]>;
}

interface Person {
  id: string;
  accessToken: string;
  stepUpToken: string;
}

export async function openDoors(stack: Stack, devDir: string, person: Person): Promise<Door[]> {
  const secrets = loadSecrets(devDir);
  const domains = await Promise.all(
    (['social', 'financial', 'flagship'] as const).map((name) => openDomain(stack, secrets, name, person)),
  );
  return [await openMobile(stack, secrets, person), await openAdmin(stack, secrets, person), ...domains];
}

function isOpen({ security }: OperationEntry): boolean {
  return security.length === 0 || security.some((requirement) => Object.keys(requirement).length === 0);
}

async function openMobile(stack: Stack, secrets: Secrets, person: Person): Promise<Door> {
  const forged = await forge(person.accessToken, secrets.serviceKeys['bff-mobile'].privateKey);
  const [head = '', claims = '', signature = ''] = person.accessToken.split('.');
  const phone = await createServiceTokenIssuer('bff-mobile', secrets.serviceKeys['bff-mobile'].privateKey);
  const wrong = [
    ['a service token', await phone.issue('social', { userId: person.id })],
    ['a step-up token', person.stepUpToken],
    ['a token signed by another key', forged],
    ['a token without a signature', unsigned(person.accessToken)],
    ['a token signed with the public key', signedWithPublicKey(person.accessToken, secrets)],
    ['a token with other claims', `${head}.${encode({ ...decode(claims), sub: randomUUID() })}.${signature}`],
  ];
  return {
    ...place(stack, 'bff-mobile'),
    credentials: (entry) => Promise.resolve(isOpen(entry) ? undefined : `Bearer ${person.accessToken}`),
    wrongKeys: () => Promise.resolve(strangeKeys(wrong)),
  };
}

async function openAdmin(stack: Stack, secrets: Secrets, person: Person): Promise<Door> {
  const script = await requestScriptToken(stack);
  const phone = await createServiceTokenIssuer('bff-mobile', secrets.serviceKeys['bff-mobile'].privateKey);
  const social = await createServiceTokenIssuer('social', secrets.serviceKeys.social.privateKey);
  const isForService = (entry: OperationEntry) => kindsOf(entry).includes('service');
  const serviceToken = () => phone.issue('bff-admin', { service: true });
  return {
    ...place(stack, 'bff-admin'),
    credentials: async (entry) => {
      if (isOpen(entry)) return undefined;
      return `Bearer ${isForService(entry) ? await serviceToken() : script}`;
    },
    wrongKeys: async (entry) =>
      strangeKeys([
        ['an access token of the phone', person.accessToken],
        ['a token of an issuer who may not call', await social.issue('bff-admin', { service: true })],
        isForService(entry) ? ['a token of staff', script] : ['a service token', await serviceToken()],
        ['a token without a signature', unsigned(script)],
      ]),
  };
}

async function openDomain(
  stack: Stack,
  secrets: Secrets,
  name: 'social' | 'financial' | 'flagship',
  person: Person,
): Promise<Door> {
  const document = loadDocument(name);
  const kinds: Record<CallerKind, ActsFor> = {
    member: { userId: person.id },
    staff: { staffId: 'somebody' },
    service: { service: true },
  };
  // Tokens live for a minute, and the tests for longer: each is asked for when it is used.
  const issuers = {
    phone: await createServiceTokenIssuer('bff-mobile', secrets.serviceKeys['bff-mobile'].privateKey),
    self: await createServiceTokenIssuer(name, secrets.serviceKeys[name].privateKey),
  };
  async function tokenOf(kind: CallerKind, entry: OperationEntry): Promise<string> {
    const [named = 'bff-mobile'] = callersOf(document, entry, kind);
    return tokenBy(named, kind);
  }
  async function tokenBy(caller: string, kind: CallerKind): Promise<string> {
    const { privateKey } = secrets.serviceKeys[caller as keyof Secrets['serviceKeys']];
    return (await createServiceTokenIssuer(caller, privateKey)).issue(name, kinds[kind]);
  }

  async function wrongTokens(): Promise<string[][]> {
    const right = await issuers.phone.issue(name, { userId: person.id });
    return [
      ['an access token of the phone', person.accessToken],
      ['a token for another service', await issuers.phone.issue('bff-admin', { userId: person.id })],
      // The domains trust one another, and none of them itself.
      ['a token of an issuer who may not call', await issuers.self.issue(name, { userId: person.id })],
      ['a token that says who signed it, signed by another', await forge(right, secrets.serviceKeys.social.privateKey)],
      ['a token without a signature', unsigned(right)],
    ];
  }

  return {
    ...place(stack, name),
    credentials: async (entry) =>
      isOpen(entry) ? undefined : `Bearer ${await tokenOf(kindsOf(entry)[0] as CallerKind, entry)}`,
    wrongKeys: async (entry) => {
      const others = (Object.keys(kinds) as CallerKind[]).filter((kind) => !kindsOf(entry).includes(kind));
      const foreign = (kindsOf(entry) as CallerKind[]).flatMap((kind) =>
        ['bff-mobile', 'bff-admin']
          .filter((caller) => !callersOf(document, entry, kind).includes(caller))
          .map(async (caller) => {
            const authorization = `Bearer ${await tokenBy(caller, kind)}`;
            return { why: `a ${kind} token of ${caller}`, authorization, knows: true };
          }),
      );
      const known = others.map(async (kind) => {
        const authorization = `Bearer ${await tokenOf(kind, entry)}`;
        return { why: `a ${kind} token`, authorization, knows: true };
      });
      return [...strangeKeys(await wrongTokens()), ...(await Promise.all([...known, ...foreign]))];
    },
  };
}

function isForBrowsers(entry: OperationEntry): boolean {
  return !isOpen(entry) && kindsOf(entry).every((scheme) => scheme === 'portalSession');
}

function kindsOf({ security }: OperationEntry): string[] {
  return security.flatMap((requirement) => Object.keys(requirement));
}

function place(stack: Stack, name: string): Omit<Door, 'credentials' | 'wrongKeys'> {
  return { name, url: stack.endpoints.urls[name] ?? '', document: loadDocument(name), isForBrowsers };
}

function strangeKeys(tokens: string[][]): { why: string; authorization: string | undefined }[] {
  return [
    { why: 'no token', authorization: undefined },
    { why: 'an empty header', authorization: '' },
    { why: 'no token behind the scheme', authorization: 'Bearer ' },
    { why: 'another scheme', authorization: 'Basic YWRhOmFkYQ==' },
    { why: 'garbage', authorization: 'Bearer garbage' },
    { why: 'garbage in three parts', authorization: 'Bearer e30.e30.e30' },
    { why: 'a very long token', authorization: `Bearer ${'a'.repeat(9_000)}` },
    ...tokens.map(([why = '', token = '']) => ({ why, authorization: `Bearer ${token}` })),
  ];
}

/** The same claims and header, signed by a key that has no say here. */
async function forge(token: string, key: Secrets['userTokenKey']['privateKey']): Promise<string> {
  const [head = '', claims = ''] = token.split('.');
  const header = { ...decode(head), alg: 'EdDSA' };
  return new SignJWT(decode(claims)).setProtectedHeader(header).sign(await importJWK(key, 'EdDSA'));
}

function unsigned(token: string): string {
  return `${encode({ alg: 'none', typ: 'JWT' })}.${token.split('.')[1] ?? ''}.`;
}

/** HMAC with what everybody can read at /.well-known/jwks.json as its secret. */
function signedWithPublicKey(token: string, secrets: Secrets): string {
  const { x = '', kid } = secrets.userTokenKey.publicKey;
  const signed = `${encode({ alg: 'HS256', typ: 'JWT', kid })}.${token.split('.')[1] ?? ''}`;
  return `${signed}.${createHmac('sha256', Buffer.from(x, 'base64url')).update(signed).digest('base64url')}`;
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

async function requestScriptToken(stack: Stack): Promise<string> {
  const { tenantId, portalClientId, scriptClientId, scriptClientSecret, caFile } = stack.endpoints.entra;
  const answer = await got.post(`${stack.endpoints.urls['entra'] ?? ''}/${tenantId}/oauth2/v2.0/token`, {
    form: {
      grant_type: 'client_credentials',
      client_id: scriptClientId,
      client_secret: scriptClientSecret,
      scope: `api://${portalClientId}/.default`,
    },
    https: { certificateAuthority: readFileSync(caFile, 'utf8') },
  });
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}
