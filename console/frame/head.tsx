/** Renders the head of the page: menu, help, theme and account. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { dashboardPath, linkSessionName, sessionsPath } from '../../common/page/paths.ts';
import { AddHostButton } from '../add-host/add-host-button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { MenuButton } from '../components/menu-button.tsx';
import { shortTitle } from '../dashboard/board-title.ts';
import { type DashboardEntry, useDashboardList } from '../dashboard/dashboards.ts';
import { cachedQuery } from '../dashboard/view-state.ts';
import { type Session, useServices, useSession, useShortcuts, useStore } from '../hooks/services.ts';
import type { ThemeChoice } from '../state/theme.ts';

interface MenuEntry {
  readonly title: string;
  readonly path: string;
}

/** Renders the head of the page. `entries`: the views in the menu after the dashboards. */
export function Head({ path, entries }: { readonly path: string; readonly entries: readonly MenuEntry[] }) {
  const { navigation } = useServices();
  const { query } = useStore(navigation.address);
  const dashboards = useDashboardList() ?? [];
  /** Range and variables survive a visit to other views. */
  const savedQuery = useRef('');
  if (path.startsWith('/d/')) savedQuery.current = cachedQuery(query);
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
          <MenuLink
            key={uid}
            title={shortTitle(title)}
            path={dashboardPath(uid)}
            query={savedQuery.current}
            here={path}
          />
        ))}
        {entries.map((entry) => (
          <MenuLink key={entry.path} {...entry} query="" here={path} />
        ))}
      </nav>
      <div class="head-end">
        <AddHostButton />
        <HelpDialog />
        <ThemeButton />
        <Account />
      </div>
    </header>
  );
}

/** Scrolls the menu to the current entry, because on a narrow screen the menu is wider than the screen. */
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
  /** Path of the current view. */
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

/** Sorts hostpulse's dashboards in reading order, followed by others by title. */
function inMenuOrder(dashboards: readonly DashboardEntry[]): readonly DashboardEntry[] {
  const rank = ({ uid }: DashboardEntry) => {
    const at = order.indexOf(uid.replace(/^hostpulse-/, ''));
    return at === -1 ? order.length : at;
  };
  return dashboards.toSorted((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title));
}

/** Returns `Login link (admin)` or `API key grafana (read)`. */
function identityOf({ name, may_write: mayWrite }: Session): string {
  const by = name === linkSessionName ? 'Login link' : `API key ${name}`;
  return `${by} (${mayWrite ? 'admin' : 'read'})`;
}

export function Account() {
  const session = useSession();
  const [isOpen, setOpen] = useState(false);
  return (
    <MenuButton label="Account" face={<Icon name="user" />} isOpen={isOpen} onToggle={setOpen} align="end">
      <dl class="account">
        <dt>Signed in with</dt>
        <dd>{session === undefined ? '...' : identityOf(session)}</dd>
        <dt>Permissions</dt>
        <dd>{session?.may_write === true ? 'Read and change' : 'Read only'}</dd>
        <dt>Gateway version</dt>
        <dd>{session?.version ?? '...'}</dd>
      </dl>
      <a href={sessionsPath}>Sessions</a>
      <a href="/docs">API documentation</a>
      <form method="post" action="/logout">
        <button>Log out</button>
      </form>
    </MenuButton>
  );
}

const next: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: 'light', light: 'dark', dark: 'system' };
const faces: Readonly<Record<ThemeChoice, IconName>> = { system: 'auto', light: 'sun', dark: 'moon' };

function ThemeButton() {
  const { theme } = useServices();
  const choice = useStore(theme.choice);
  const label = `Theme: ${choice}; switch to ${next[choice]}`;
  return (
    <button type="button" class="plain" aria-label={label} title={label} onClick={() => theme.choose(next[choice])}>
      <Icon name={faces[choice]} />
    </button>
  );
}

function HelpDialog() {
  const { shortcuts } = useServices();
  const list = useStore(shortcuts.list);
  const [isOpen, setOpen] = useState(false);
  useShortcuts([{ keys: '?', label: 'Show keyboard shortcuts', run: () => setOpen(true) }]);
  if (!isOpen)
    return (
      <button
        type="button"
        class="plain help"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => setOpen(true)}
      >
        <Icon name="help" />
      </button>
    );
  return (
    <Dialog title="Keyboard shortcuts" onClose={() => setOpen(false)}>
      <table class="keys">
        <tbody>
          {list.map(({ keys, label }) => (
            <tr key={keys}>
              <th scope="row">
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{label}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">drag</th>
            <td>Zoom in on a chart; double-click to zoom out</td>
          </tr>
          <tr>
            <th scope="row">click, Ctrl+click</th>
            <td>Legend: show one series alone, or hide and show it</td>
          </tr>
        </tbody>
      </table>
    </Dialog>
  );
}
