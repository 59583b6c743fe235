/**
 * Starts one compiled process, named by its place: `npm start -- bff-mobile`, `npm start -- domain/social/worker`, or
 * the same word in CLYNC_PROCESS. Everything else is configured by the environment of that process.
 */
import { existsSync } from 'node:fs';

const place = process.argv[2] ?? process.env['CLYNC_PROCESS'];
if (place === undefined || place === '') {
  console.error(
    'The configuration is not complete:\n  CLYNC_PROCESS is missing (bff-mobile, bff-admin, domain/social, domain/social/worker, …)',
  );
  process.exit(1);
}

const entry = [`../${place}/index.js`, `../${place}.js`]
  .map((file) => new URL(file, import.meta.url))
  .find((file) => /^[\w/-]+$/.test(place) && existsSync(file));
if (!entry) {
  console.error(`There is no process ${place}.`);
  process.exit(1);
}
await import(entry.href);
