/** The top of the page: the dashboards and other views, theme, help, account. */
import { useEffect, useRef } from 'preact/hooks';
import { dashboardPath } from '../../../common/page/paths.ts';
import { type DashboardEntry, useDashboardList } from '../../api/dashboards.ts';
import { shortTitle } from '../../dashboard/fields/short-title.ts';
import { keptQuery } from '../../dashboard/queries/cached-query.ts';
import { useStore } from '../../hooks/store.ts';
import { useServices } from '../../services.ts';
import { views } from '../../views/index.ts';
import { Icon } from '../icon.tsx';
import { Account } from './account.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { ThemeButton } from './theme-button.tsx';

export function Head({ path }: { readonly path: string }) {
  const { navigation } = useServices();
  const { query } = useStore(navigation.place);
  const dashboards = useDashboardList() ?? [];
  /** From a dashboard to alerts and back, host and range stay. */
  const kept = useRef('');
  if (path.startsWith('/d/')) kept.current = keptQuery(query);
  const menu = useRef<HTMLElement>(null);
  useEffect(() => showCurrent(menu.current), [path, dashboards.length]);
  return (
    <header class="head">
      <a class="brand" href="/">
        <Icon name="pulse" />
        <span>hostpulse</span>
      </a>
      <nav ref={menu} aria-label="Views">
        {inMenuOrder(dashboards).map(({ uid, title }) => (
          <MenuLink key={uid} title={shortTitle(title)} path={dashboardPath(uid)} query={kept.current} here={path} />
        ))}
        {views.map(({ menu }) =>
          menu === undefined ? null : <MenuLink key={menu.path} {...menu} query="" here={path} />,
        )}
      </nav>
      <div class="head-end">
        <HelpDialog />
        <ThemeButton />
        <Account />
      </div>
    </header>
  );
}

/** On a narrow screen the menu is longer than the screen is wide: where one is, is in sight. */
function showCurrent(menu: HTMLElement | null): void {
  const current = menu?.querySelector('[aria-current]');
  if (menu === null || !current) return;
  const [within, link] = [menu.getBoundingClientRect(), current.getBoundingClientRect()];
  if (link.left < within.left || link.right > within.right) menu.scrollLeft += link.left - within.left - 40;
}

interface MenuLinkProps {
  readonly title: string;
  readonly path: string;
  readonly query: string;
  /** Where the page is. */
  readonly here: string;
}

function MenuLink({ title, path, query, here }: MenuLinkProps) {
  const isHere = here === path || here.startsWith(`${path}/`);
  return (
    <a href={`${path}${query}`} aria-current={isHere ? 'page' : undefined}>
      {title}
    </a>
  );
}

const order: readonly string[] = ['overview', 'cpu', 'memory', 'disk', 'network', 'host'];

/** Ours in the order in which one looks, others after them. */
function inMenuOrder(dashboards: readonly DashboardEntry[]): readonly DashboardEntry[] {
  const rank = ({ uid }: DashboardEntry) => {
    const at = order.indexOf(uid.replace(/^hostpulse-/, ''));
    return at === -1 ? order.length : at;
  };
  return dashboards.toSorted((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title));
}
