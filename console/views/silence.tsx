/** Renders the views `/silences/<id>` and `/silences/new`: card and form of a silence. */
import { useState } from 'preact/hooks';
import { silencesPath } from '../../common/page/paths.ts';
import { renderProblem } from '../api/problem.ts';
import { type Silence, silencesApiPath } from '../api/silences.ts';
import { Loading, Notice, NotLoaded, ProblemNote } from '../components/notices.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { useGet, useServices, useSession, useStore } from '../hooks/services.ts';
import { useRefresh } from '../pickers/refresh-control.tsx';
import { draftFromLink, draftOf } from '../silences/draft.ts';
import { Preview } from '../silences/preview.tsx';
import { SilenceCard } from '../silences/silence-card.tsx';
import { SilenceForm } from '../silences/silence-form.tsx';
import type { ViewProps } from '../state/route.ts';

const parent = { title: 'Silences', path: silencesPath };

export function SilenceView({ parameters: { id = '' } }: ViewProps) {
  const { navigation } = useServices();
  const session = useSession();
  const refresh = useRefresh();
  const loaded = useGet<Silence>(`${silencesApiPath}/${encodeURIComponent(id)}`, refresh.nowMs);
  const { data, error } = loaded;
  /** The version that the form starts from: the silence as opened, or as last saved by this form. */
  const [opened, setOpened] = useState<Silence | undefined>(undefined);
  if (data === undefined || session === undefined || data.id !== id)
    return <NotLoaded {...loaded} what="the silence" link={{ path: silencesPath, text: 'Show all silences' }} />;
  const base = opened?.id === id ? opened : data;
  if (base !== opened) setOpened(base);
  return (
    <>
      <ViewHead title="Silence" parent={parent} />
      <ul class="cards single">
        <SilenceCard silence={data} nowMs={refresh.nowMs} mayWrite={session.may_write} onChanged={refresh.refresh} />
      </ul>
      {data.state === 'expired' ? (
        <Preview matchers={data.matchers} nowMs={refresh.nowMs} />
      ) : (
        <section class="part" aria-labelledby="change-title">
          <h2 id="change-title">Edit silence</h2>
          {error === undefined ? null : <ProblemNote title="Cannot refresh the silence" error={error} />}
          {data.updated_at === base.updated_at ? null : (
            <ProblemNote
              title="Someone else changed this silence during your edit"
              text="Saving the form replaces the newer version, which is shown above."
            >
              <button type="button" onClick={() => setOpened(data)}>
                Discard my changes
              </button>
            </ProblemNote>
          )}
          <SilenceForm
            key={`${id} ${base.updated_at}`}
            initial={draftOf(base)}
            mayWrite={session.may_write}
            onSaved={(saved) => {
              setOpened(saved);
              navigation.go(`${silencesPath}/${saved.id}`, 'replace');
              refresh.refresh();
            }}
          />
        </section>
      )}
    </>
  );
}

export function NewSilenceView() {
  const { navigation } = useServices();
  const { query } = useStore(navigation.address);
  const session = useSession();
  if (session === undefined) return <Loading what="the form" />;
  const draft = tryDraft(query, session.name);
  if (typeof draft === 'string')
    return (
      <Notice
        tone="bad"
        title="Invalid filter in the link"
        text={draft}
        link={{ path: `${silencesPath}/new`, text: 'Open an empty form' }}
      />
    );
  return (
    <>
      <ViewHead title="Create silence" parent={parent} />
      <SilenceForm
        key={String(query)}
        initial={withHost(draft, session.host)}
        mayWrite={session.may_write}
        onSaved={({ id }) => navigation.go(`${silencesPath}/${id}`)}
      />
    </>
  );
}

/** Returns the draft with a matcher for the host of the session. A session bound to a host can only silence alerts of this host. */
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
