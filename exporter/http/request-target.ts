/**
 * Parses the target of a request as Go's server does: a path, or an absolute URL as proxies send it; `%` escapes are decoded,
 * and a path with double slashes or dots is redirected to its clean form.
 * Source: RFC 9112, section 3.2, and Go's net/http ServeMux
 */
import { posix } from 'node:path';

export interface RequestTarget {
  readonly path: string;
  /** The text after `?`. */
  readonly query: string | undefined;
}

/** The target, with `location` when the client is redirected; `fault` is the text of a response with status 400. */
export type ParsedTarget = RequestTarget | (RequestTarget & { readonly location: string }) | { readonly fault: string };

const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

export function parseTarget(url: string): ParsedTarget {
  const rest = url.replace(absolute, '');
  const mark = rest.indexOf('?');
  const query = mark === -1 ? undefined : rest.slice(mark + 1);
  const path = decodePath((mark === -1 ? rest : rest.slice(0, mark)) || '/');
  if (path === undefined) return { fault: 'invalid % escape in the path' };
  if (!path.startsWith('/')) return { path, query };
  const clean = cleanPath(path);
  if (clean === path) return { path, query };
  // A location that starts with two slashes would name another host; a clean path never does.
  const location = encodeURI(clean) + (query === undefined ? '' : `?${query}`);
  return { path, query, location };
}

function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function cleanPath(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path;
  return posix.normalize(path).replace(/^\/+/, '/');
}
