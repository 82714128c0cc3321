/** The page: head, menu, banner, and the view that the address names. */
import { useMemo } from 'preact/hooks';
import { Banner } from './components/frame/banner.tsx';
import { Head } from './components/frame/head.tsx';
import { Notice } from './components/notice.tsx';
import { useStore } from './hooks/store.ts';
import { tryMatch } from './navigation/route.ts';
import { useServices } from './services.ts';
import { views } from './views/index.ts';

export function App() {
  const { navigation } = useServices();
  const { path } = useStore(navigation.place);
  const found = useMemo(() => findView(path), [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Head path={path} />
      <Banner />
      <main id="main" tabIndex={-1}>
        {found === undefined ? (
          <Notice title="There is no such page" text={path} link={{ path: '/', text: 'To the overview' }} />
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
