/**
 * Serves the gateway below the path of `public_url`, such as `/pulse`. The path is removed from requests that have it, so that
 * proxies may pass it on or remove it. Links, redirects and cookies of answers get it.
 */
import type { RequestHandler, Response } from 'express';

/** Returns the path of a URL without a slash at the end; empty for the root and without a URL. */
export function basePathOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
}

export function basePath(publicUrl: string | undefined): RequestHandler {
  const base = basePathOf(publicUrl);
  return (request, response, next) => {
    response.locals['basePath'] = base;
    if (base !== '' && request.url.startsWith(base) && /^(?:[/?]|$)/.test(request.url.slice(base.length))) {
      const rest = request.url.slice(base.length);
      request.url = rest.startsWith('/') ? rest : `/${rest}`;
    }
    next();
  };
}

/** Returns the address of a path of the gateway for the receiver of an answer. */
export function addressOf(response: Response, path: string): string {
  const base: unknown = response.locals['basePath'];
  return `${typeof base === 'string' ? base : ''}${path}`;
}

/** Adds the base path to the links, forms and refreshes of a rendered page. Text in pages is escaped and has no quotes. */
export function withBasePath(response: Response, page: string): string {
  return page.replaceAll(
    /((?:href|action)="|content="\d+;url=)\/(?!\/)/g,
    (_, start: string) => `${start}${addressOf(response, '/')}`,
  );
}
