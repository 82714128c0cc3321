/** `/silences/new?filter={...}`: the form, filled in as a message's link says. */
import { silencesPath } from '../../common/page/paths.ts';
import { renderProblem } from '../api/problem.ts';
import { useSession } from '../api/session.ts';
import { ViewHead } from '../components/frame/view-head.tsx';
import { Loading } from '../components/loading.tsx';
import { Notice } from '../components/notice.tsx';
import { useStore } from '../hooks/store.ts';
import { useServices } from '../services.ts';
import { draftFromLink } from '../silences/draft.ts';
import { SilenceForm } from '../silences/silence-form.tsx';

const parent = { title: 'Silences', path: silencesPath };

export function NewSilenceView() {
  const { navigation } = useServices();
  const { query } = useStore(navigation.place);
  const session = useSession();
  if (session === undefined) return <Loading what="the form" />;
  const draft = tryDraft(query, session.name);
  if (typeof draft === 'string')
    return (
      <Notice
        tone="bad"
        title="The link's filter is not understood"
        text={draft}
        link={{ path: `${silencesPath}/new`, text: 'An empty form' }}
      />
    );
  return (
    <>
      <ViewHead title="New silence" parent={parent} />
      <SilenceForm
        key={String(query)}
        initial={withHost(draft, session.host)}
        mayWrite={session.may_write}
        onSaved={({ id }) => navigation.go(`${silencesPath}/${id}`)}
      />
    </>
  );
}

/** A session of one host makes silences of that host. */
function withHost(draft: ReturnType<typeof draftFromLink>, host: string | undefined) {
  if (host === undefined || draft.matchers.some(({ name }) => name === 'instance')) return draft;
  const own = { name: 'instance', value: host, isRegex: false, isEqual: true };
  return { ...draft, matchers: [own, ...draft.matchers.filter(({ name }) => name !== '')] };
}

function tryDraft(query: URLSearchParams, name: string) {
  try {
    return draftFromLink(query, name);
  } catch (error) {
    return renderProblem(error);
  }
}
