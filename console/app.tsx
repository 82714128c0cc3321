/** The page: head, outage banner, and the view of the current address. */
import { useMemo } from 'preact/hooks';
import { Icon } from './components/icon.tsx';
import { Notice } from './components/notices.tsx';
import { Head } from './frame/head.tsx';
import { useServices, useStore } from './hooks/services.ts';
import { views } from './routes.ts';
import { tryMatch } from './state/route.ts';

const menu = views.flatMap((view) => view.menu ?? []);

export function App() {
  const { navigation } = useServices();
  const { path } = useStore(navigation.address);
  const found = useMemo(() => findView(path), [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Head path={path} entries={menu} />
      <Banner />
      <main id="main" tabIndex={-1}>
        {found === undefined ? (
          <Notice title="Page not found" text={path} link={{ path: '/', text: 'Go to the overview' }} />
        ) : (
          <found.component key={found.pattern} parameters={found.parameters} />
        )}
      </main>
    </>
  );
}

function findView(path: string) {
  for (const view of views) {
    const parameters = tryMatch(view.pattern, path);
    if (parameters !== undefined) return { ...view, parameters };
  }
  return undefined;
}

function Banner() {
  const { api } = useServices();
  const isUnreachable = useStore(api.isUnreachable);
  return (
    <div class="banner-region" role="status" aria-live="polite">
      {isUnreachable ? (
        <div class="banner">
          <Icon name="warning" /> The gateway does not answer. The page shows earlier data and resumes when the gateway
          is back.
        </div>
      ) : null}
    </div>
  );
}
