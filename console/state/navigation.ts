/** Exposes the address of the page as observable state. The address holds the state that a user may want to share or return to. */
import { loginPath, pageSections } from '../../common/page/paths.ts';
import { toBrowserPath, toGatewayPath } from './base-path.ts';
import { type QueryChanges, withParameters } from './route.ts';
import { createStore, type Store } from './store.ts';

export interface Address {
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface Navigation {
  readonly address: Store<Address>;
  /** Goes to an address of the page. `replace` leaves no entry in the browser's history. */
  go(url: string, how?: 'push' | 'replace'): void;
  /** Changes parameters of the address. */
  change(changes: QueryChanges, how?: 'push' | 'replace'): void;
  back(): void;
  /** Leaves for the login form, which returns to this address. */
  toLogin(): void;
}

export function createNavigation(window: Window): Navigation {
  const { history, location, document } = window;
  const hash = alertmanagerUrl(location.hash);
  if (hash !== undefined) history.replaceState(null, '', toBrowserPath(hash));
  const read = (): Address => ({ path: toGatewayPath(location.pathname), query: new URLSearchParams(location.search) });
  const address = createStore(read());
  let isLeaving = false;

  function go(url: string, how: 'push' | 'replace' = 'push'): void {
    const target = toBrowserPath(url);
    if (target === location.pathname + location.search) return;
    if (how === 'push') history.pushState(null, '', target);
    else history.replaceState(null, '', target);
    const before = address.get().path;
    address.set(read());
    if (before !== address.get().path) document.documentElement.scrollTop = 0;
  }

  window.addEventListener('popstate', () => address.set(read()));
  followLinks(document, go);

  return {
    address,
    go,
    change(changes, how) {
      const text = withParameters(address.get().query, changes).toString();
      const { path } = address.get();
      go(text === '' ? path : `${path}?${text}`, how);
    },
    back: () => history.back(),
    toLogin() {
      if (isLeaving) return; // several calls may find the session expired
      isLeaving = true;
      location.assign(toBrowserPath(loginPath(address.get().path + location.search)));
    },
  };
}

/** Converts Alertmanager's links, `/#/silences/new?...`, for an external URL that names this page. */
function alertmanagerUrl(hash: string): string | undefined {
  return hash.startsWith('#/') ? hash.slice(1) : undefined;
}

function followLinks(document: Document, go: (url: string) => void): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return;
    const path = toGatewayPath(link.pathname);
    if (link.origin !== document.location.origin || !isOfPage(path)) return;
    event.preventDefault();
    go(path + link.search);
  });
}

function isOfPage(path: string): boolean {
  const section = path.split('/')[1] ?? '';
  return (pageSections as readonly string[]).includes(section);
}
