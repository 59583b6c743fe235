import { createRequire } from 'node:module';
import path from 'node:path';
import express from 'express';
import type { RequestHandler, Router } from 'express';
import { problems } from '#openapi/problems';
import type { Document } from './document.ts';
import { documentsPage, documentsScript, problemListPage, problemPage } from './docs-pages.ts';
import { pagePolicy } from './html.ts';
import { isProblemCode, Problem } from './problem.ts';

interface PublishedDocument {
  /** Its name in addresses, such as `bff-mobile`. */
  name: string;
  document: Document;
}

/**
 * The pages for those who build against a document: `/docs` (Swagger UI, served from here with nothing from another
 * host), `/openapi.json` (the first document) and `/openapi/{name}.json`.
 */
export function createDocsRouter(documents: [PublishedDocument, ...PublishedDocument[]]): Router {
  const router = express.Router();
  const [main] = documents;
  const assets = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

  router.get('/openapi.json', sendDocument(main.document));
  for (const { name, document } of documents) router.get(`/openapi/${name}.json`, sendDocument(document));
  router.get('/docs', allowPage, (_request, response) => {
    response.type('html').send(documentsPage(documents.map(({ document }) => document.info.title)));
  });
  router.get('/docs/start.js', (_request, response) => {
    const urls = documents.map(({ name, document }) => ({ name: document.info.title, url: `/openapi/${name}.json` }));
    response.type('text/javascript').send(documentsScript(urls));
  });
  router.use('/docs/assets', express.static(assets, { index: false, maxAge: '1h' }));
  return router;
}

/** The pages that the `type` of every problem leads to: `/problems` and `/problems/{code}`. */
export function createProblemsRouter(): Router {
  const router = express.Router();
  router.get('/problems', allowPage, (_request, response) => {
    response.type('html').send(problemListPage(problems));
  });
  router.get('/problems/:code', allowPage, (request, response) => {
    const { code } = request.params;
    if (!isProblemCode(code)) throw new Problem('not_found', 'No problem has this code.');
    response.type('html').send(problemPage(code, problems[code]));
  });
  return router;
}

const allowPage: RequestHandler = (_request, response, next) => {
  response.set({ 'Content-Security-Policy': pagePolicy, 'Cache-Control': 'public, max-age=60' });
  next();
};

function sendDocument(document: Document): RequestHandler {
  const json = JSON.stringify(document);
  return (_request, response) => {
    response
      .set({ 'Cache-Control': 'public, max-age=60', 'Access-Control-Allow-Origin': '*' })
      .type('application/json')
      .send(json);
  };
}
