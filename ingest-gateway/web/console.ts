/**
 * Serves the files of the page: the same HTML shell at every URL of the page, and its assets. The files are read once at the
 * start, so that a build during operation does not mix two versions.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Request, Response } from 'express';
import { Router } from 'express';
import { pageSections } from '../../common/page/paths.ts';
import { setRoute } from '../http/http-metrics.ts';
import { html } from './html/html.ts';
import { sendPage } from './html/layout.ts';

/** One file, with its bytes in each encoding that the build created. */
interface Asset {
  readonly type: string;
  readonly encodings: Readonly<Partial<Record<Encoding, Buffer>>> & { readonly identity: Buffer };
}

type Encoding = 'br' | 'gzip' | 'identity';
const preferredEncodings: readonly Encoding[] = ['br', 'gzip'];

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Allows scripts and styles from the gateway only. */
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

/** Names of assets contain the hash of their content. */
const forever = 'public, max-age=31536000, immutable';

/** `folder` is the output of `npm run build` for `console/`; `base` is the path below which a proxy serves the page. */
export function consoleRoutes(folder: string, base = ''): Router {
  const files = readFiles(folder);
  const router = Router();
  router.get(/^\/assets\/[\w.-]+$/, (request, response, next) => {
    const asset = files.get(request.path.slice(1));
    if (asset === undefined) return next();
    setRoute(response, 'page-asset');
    response.set('Cache-Control', forever);
    send(request, response, asset);
  });
  const built = files.get('index.html');
  const shell = built === undefined || base === '' ? built : belowPath(built, base);
  router.get(new RegExp(`^/(?:(?:${pageSections.filter(Boolean).join('|')})(?:/.*)?)?$`), (request, response) => {
    setRoute(response, 'page');
    if (shell === undefined) return sendNotBuilt(response);
    // The shell contains no data. Browsers revalidate it, so that a new build shows at once.
    response.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' });
    const early = earlyPaths(request.path).map((path) => `<${base}${path}>; rel=preload; as=fetch; crossorigin`);
    response.set('Link', early.join(', '));
    send(request, response, shell);
  });
  return router;
}

/** Returns the shell with links to its assets below the path. */
function belowPath({ type, encodings }: Asset, base: string): Asset {
  const text = encodings.identity
    .toString()
    .replaceAll(/((?:src|href)=")\/(?!\/)/g, (_, start: string) => `${start}${base}/`);
  return { type, encodings: { identity: Buffer.from(text), gzip: gzipSync(text) } };
}

/** Paths that the page always requests first. The browser loads them in parallel with the script. */
function earlyPaths(path: string): readonly string[] {
  const uid = /^\/d\/([\w-]+)$/.exec(path)?.[1];
  return ['/page/session', '/page/dashboards', ...(uid === undefined ? [] : [`/page/dashboards/${uid}`])];
}

function send(request: Request, response: Response, { type, encodings }: Asset): void {
  const encoding = preferredEncodings.find((each) => encodings[each] && request.acceptsEncodings(each)) ?? 'identity';
  const body = encodings[encoding] ?? encodings.identity;
  response.set({ 'Content-Type': type, Vary: 'Accept-Encoding' });
  if (encoding !== 'identity') response.set('Content-Encoding', encoding);
  response.send(body);
}

function sendNotBuilt(response: Response): void {
  sendPage(response, {
    status: 503,
    title: 'hostpulse',
    body: html`<main><section><p class="bad">The page is not built. Run <code>npm run build</code> and restart the gateway; <a href="/docs">the API</a> is available.</p></section></main>`,
  });
}

/** Returns files by path below the folder, with `/`; empty if the page was not built. */
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
