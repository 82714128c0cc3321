/** Links of the page that lead to the page: followed without loading it again. */
import { pageSections } from '../../common/page/paths.ts';

export function followLinks(document: Document, go: (address: string) => void): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== document.location.origin || !isOfPage(link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

function isOfPage(path: string): boolean {
  const section = path.split('/')[1] ?? '';
  return (pageSections as readonly string[]).includes(section);
}
