/** Renders the page: head, outage banner, and the view of the current address. */
import { useMemo } from 'preact/hooks';
import { outageText } from './api/problem.ts';
import { Icon } from './components/icon.tsx';
import { Notice } from './components/notices.tsx';
import { Head } from './frame/head.tsx';
import { useServices, useStore } from './hooks/services.ts';
import { views } from './routes.ts';
import { tryMatch } from './state/route.ts';

const menu = views.flatMap((view) => view.menu ?? []);

export function App() {
  const { api, navigation } = useServices();
  const outage = useStore(api.outage);
  const { path } = useStore(navigation.address);
  const found = useMemo(() => findView(path), [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Head path={path} entries={menu} />
      <Banner />
      <main id="main" tabIndex={-1} data-outage={outage?.what}>
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

const consequences = {
  gateway: 'Values on the page are old. The page continues when the gateway answers.',
  prometheus: 'Values on the page are old. The page continues when Prometheus answers.',
} as const;

function Banner() {
  const { api } = useServices();
  const outage = useStore(api.outage);
  const faults = useStore(api.faults);
  return (
    <div class="banner-region" role="status" aria-live="polite">
      {outage === undefined ? null : (
        <div class="banner">
          <Icon name="warning" />
          <span>
            <strong>{outageText(outage)}.</strong> {consequences[outage.what]}
          </span>
        </div>
      )}
      {faults.map((fault) => (
        <div class="banner" key={fault}>
          <Icon name="warning" />
          <span>{fault.replace(/^./, (first) => first.toUpperCase())}.</span>
        </div>
      ))}
    </div>
  );
}
