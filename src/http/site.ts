import express, { type Router } from 'express';
import { methodNotAllowed } from './not-found.ts';
import { buildOpenApi } from './openapi/build-openapi.ts';
import type { Contract } from './openapi/contract.ts';
import { docsPage } from './pages/docs-page.ts';
import { homePage } from './pages/home-page.ts';
import { style } from './pages/style.ts';
import { publishedCalls } from './published-calls.ts';

export interface SiteOptions {
  /** The calls of other doors than the administration API. */
  readonly calls: readonly Contract[];
  readonly version: string;
}

/** The pages that anybody may read: what this is, and the documentation of its interface. Made once, when first asked for. */
export function createSite({ calls, version }: SiteOptions): Router {
  const document = once(() => buildOpenApi(publishedCalls(calls), version));
  const files: Record<string, { type: string; text: () => string }> = {
    '/': { type: 'text/html; charset=utf-8', text: once(() => homePage(version)) },
    '/docs': { type: 'text/html; charset=utf-8', text: once(() => docsPage(document())) },
    '/docs/style.css': { type: 'text/css; charset=utf-8', text: () => style },
    '/openapi.json': { type: 'application/json; charset=utf-8', text: once(() => JSON.stringify(document())) },
  };
  const router = express.Router();
  for (const [path, { type, text }] of Object.entries(files)) {
    router
      .route(path)
      .get((_request, response) => {
        response.setHeader('Content-Type', type);
        response.setHeader('Cache-Control', 'public, max-age=300');
        response.end(text());
      })
      .all(methodNotAllowed(['GET']));
  }
  return router;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
