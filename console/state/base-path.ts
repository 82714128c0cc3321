/**
 * The path below which a proxy serves the page, such as `/pulse`; empty at the root. Code of the page uses paths of the gateway
 * (`/alerts`, `/api/v1/hosts`); this file adds the base path to links, forms and requests.
 */

/** Returns the path before `/assets/` in the URL of the page's script. */
export function parseBasePath(scriptUrl: string): string {
  const { pathname } = new URL(scriptUrl);
  const at = pathname.lastIndexOf('/assets/');
  return at === -1 ? '' : pathname.slice(0, at);
}

export const basePath = parseBasePath(import.meta.url);

/** Returns the address in the browser for a path of the gateway. */
export function toBrowserPath(path: string, base: string = basePath): string {
  return isGatewayPath(path) ? base + path : path;
}

/** Returns the path of the gateway for an address in the browser. */
export function toGatewayPath(path: string, base: string = basePath): string {
  if (path !== base && !path.startsWith(`${base}/`)) return path;
  const rest = path.slice(base.length);
  return rest === '' ? '/' : rest;
}

function isGatewayPath(path: string): boolean {
  return path.startsWith('/') && !path.startsWith('//');
}

/** The part of preact's options that is used. */
interface RenderOptions {
  vnode?(this: void, vnode: { readonly type: unknown; readonly props: object }): void;
}

interface Fetching {
  fetch: typeof fetch;
}

/** Adds the base path to the links and forms that preact renders, and to the requests of the page. No effect at the root. */
export function applyBasePath(options: RenderOptions, page: Fetching, base: string = basePath): void {
  if (base === '') return;
  const before = options.vnode;
  options.vnode = (vnode) => {
    if (typeof vnode.type === 'string') addTo(vnode.props as Record<string, unknown>, base);
    before?.(vnode);
  };
  const send = page.fetch.bind(page);
  page.fetch = (target, init) => send(typeof target === 'string' ? toBrowserPath(target, base) : target, init);
}

function addTo(props: Record<string, unknown>, base: string): void {
  for (const name of ['href', 'action']) {
    const value = props[name];
    if (typeof value === 'string') props[name] = toBrowserPath(value, base);
  }
}
