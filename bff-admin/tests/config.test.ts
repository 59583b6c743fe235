import { expect, test } from '@jest/globals';
import { readConfig, readWorkerConfig } from '../config.ts';

const needed = [
  ...['PORT', 'METRICS_PORT', 'DOCS_URL', 'DATABASE_URL', 'SOCIAL_URL', 'FINANCIAL_URL', 'FLAGSHIP_URL'],
  ...['SERVICE_TOKEN_KEY', 'SERVICE_TOKEN_TRUST', 'AUDIT_CHECKPOINT_TRUST', 'PORTAL_URL', 'SESSION_SECRET'],
  ...['ENTRA_AUTHORITY', 'ENTRA_TENANT_ID', 'ENTRA_CLIENT_ID', 'ENTRA_CLIENT_SECRET'],
];

test('names every variable that is missing', () => {
  for (const name of needed) expect(() => readConfig({})).toThrow(`${name} is missing`);
});

test('names a variable that is wrong, and does not repeat it', () => {
  const wrong = {
    ENTRA_AUTHORITY: 'http://localhost:4200',
    ENTRA_CA_FILE: '/no/such/file',
    ENTRA_TOKEN_MAX_AGE_MINUTES: '0',
    SERVICE_TOKEN_KEY: '{"kty":"OKP","x":"public only"}',
    AUDIT_CHECKPOINT_TRUST: '[{"kty":"OKP","kid":"one","d":"private"}]',
  };

  expect(() => readConfig(wrong)).toThrow('ENTRA_AUTHORITY must be a URL that starts with https://');
  expect(() => readConfig(wrong)).toThrow('ENTRA_CA_FILE');
  expect(() => readConfig(wrong)).toThrow('ENTRA_TOKEN_MAX_AGE_MINUTES must be a whole number from 1 to 1500');
  expect(() => readConfig(wrong)).toThrow('SERVICE_TOKEN_KEY must be a private Ed25519 JWK');
  expect(() => readConfig(wrong)).toThrow('AUDIT_CHECKPOINT_TRUST must be a list of public Ed25519 JWKs');
  expect(() => readConfig(wrong)).not.toThrow('public only');
});

test('asks the worker for nothing of sign-in', () => {
  expect(() => readWorkerConfig({})).toThrow('METRICS_PORT is missing');
  expect(() => readWorkerConfig({})).toThrow('AUDIT_CHECKPOINT_KEY is missing');
  expect(() => readConfig({})).not.toThrow('AUDIT_CHECKPOINT_KEY');
  expect(() => readWorkerConfig({})).not.toThrow('ENTRA');
});
