import { expect, test } from '@jest/globals';
import { databaseUrl, flag, integer, oneOf, optional, port, readEnv, text, url, withDefault } from '../env.ts';

test('reads typed values, defaults and optional ones', () => {
  const values = readEnv(
    { PORT: '4000', HOST: 'https://clync.example/', ON: 'true' },
    {
      PORT: port(),
      HOST: url(),
      ON: flag(),
      LEVEL: withDefault(oneOf('info', 'debug'), 'info'),
      MORE: optional(text()),
    },
  );

  expect(values).toEqual({ PORT: 4000, HOST: 'https://clync.example', ON: true, LEVEL: 'info', MORE: undefined });
});

test('names every missing and every bad variable at once, and repeats no value', () => {
  const read = () =>
    readEnv(
      { DATABASE_URL: 'mysql://user:hunter2@host/db', COUNT: '-1', EMPTY: '' },
      { PORT: port(), DATABASE_URL: databaseUrl(), COUNT: integer({ max: 10 }), EMPTY: text() },
    );

  expect(read).toThrow(
    [
      'The configuration is not complete:',
      '  PORT is missing',
      '  DATABASE_URL must be a URL that starts with postgres:// or postgresql://',
      '  COUNT must be a whole number from 0 to 10',
      '  EMPTY is missing',
    ].join('\n'),
  );
  expect(read).not.toThrow('hunter2');
});
