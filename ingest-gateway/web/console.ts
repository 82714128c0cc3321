/**
 * The built-in page as files: one shell at every address of the page, and its assets. Read once at the start, so that a
 * build beside a running gateway never mixes two versions.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Request, Response } from 'express';
import { Router } from 'express';
import { pageSections } from '../../common/page/paths.ts';
import { setRoute } from '../http/http-metrics.ts';
import { html } from './html/html.ts';
import { sendPage } from './html/layout.ts';

/** One file as it goes out: the bytes for each encoding that the build made. */
interface Asset {
  readonly type: string;
  readonly encodings: Readonly<Partial<Record<Encoding, Buffer>>> & { readonly identity: Buffer };
}

type Encoding = 'br' | 'gzip' | 'identity';
const encodingsByWorth: readonly Encoding[] = ['br', 'gzip'];

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** No script or style but its own files, and nothing from anywhere else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** Assets' names carry their content's hash. */
const forever = 'public, max-age=31536000, immutable';

/** `folder` is what `npm run build` makes of `console/`. */
export function consoleRoutes(folder: string): Router {
  const files = readFiles(folder);
  const router = Router();
  router.get(/^\/assets\/[\w.-]+$/, (request, response, next) => {
    const asset = files.get(request.path.slice(1));
    if (asset === undefined) return next();
    setRoute(response, 'page-asset');
    response.set('Cache-Control', forever);
    send(request, response, asset);
  });
  const shell = files.get('index.html');
  router.get(new RegExp(`^/(?:(?:${pageSections.filter(Boolean).join('|')})(?:/.*)?)?$`), (request, response) => {
    setRoute(response, 'page');
    if (shell === undefined) return sendNotBuilt(response);
    // The shell holds nothing of anybody's: a stored copy is asked for anew, so that a new build shows at once.
    response.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' });
    const early = earlyPaths(request.path).map((path) => `<${path}>; rel=preload; as=fetch; crossorigin`);
    response.set('Link', early.join(', '));
    send(request, response, shell);
  });
  return router;
}

/** What the page asks for first, whatever else: the browser gets it while it still loads the script. */
function earlyPaths(path: string): readonly string[] {
  const uid = /^\/d\/([\w-]+)$/.exec(path)?.[1];
  return ['/page/session', '/page/dashboards', ...(uid === undefined ? [] : [`/page/dashboards/${uid}`])];
}

function send(request: Request, response: Response, { type, encodings }: Asset): void {
  const encoding = encodingsByWorth.find((each) => encodings[each] && request.acceptsEncodings(each)) ?? 'identity';
  const body = encodings[encoding] ?? encodings.identity;
  response.set({ 'Content-Type': type, Vary: 'Accept-Encoding' });
  if (encoding !== 'identity') response.set('Content-Encoding', encoding);
  response.send(body);
}

function sendNotBuilt(response: Response): void {
  sendPage(response, {
    status: 503,
    title: 'hostpulse',
    body: html`<main><section><p class="bad">The page is not built. Run <code>npm run build</code> and restart the gateway; <a href="/docs">the API</a> works all the same.</p></section></main>`,
  });
}

/** By path below the folder, with `/`; empty where the page was never built. */
function readFiles(folder: string): ReadonlyMap<string, Asset> {
  const names = tryList(folder);
  const assets = names.flatMap((name): [string, Asset][] => {
    const type = types[extname(name)];
    if (type === undefined) return [];
    const [br, gzip] = [`${name}.br`, `${name}.gz`].map((packed) =>
      names.includes(packed) ? readFileSync(join(folder, packed)) : undefined,
    );
    const identity = readFileSync(join(folder, name));
    const encodings = { identity, ...(br === undefined ? {} : { br }), ...(gzip === undefined ? {} : { gzip }) };
    return [[name.replaceAll('\\', '/'), { type, encodings }]];
  });
  return new Map(assets);
}

function tryList(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}
