/** `/silences/<id>`: one silence: to look at, to extend or change, to end. */
import { useState } from 'preact/hooks';
import { silencesPath } from '../../common/page/paths.ts';
import { renderProblem } from '../api/problem.ts';
import { useSession } from '../api/session.ts';
import { type Silence, silencesApiPath } from '../api/silences.ts';
import { ViewHead } from '../components/frame/view-head.tsx';
import { Loading } from '../components/loading.tsx';
import { Notice } from '../components/notice.tsx';
import { ProblemNote } from '../components/problem-note.tsx';
import { useData } from '../hooks/use-data.ts';
import { useRefresh } from '../hooks/use-refresh.ts';
import { useServices } from '../services.ts';
import { draftOf } from '../silences/draft.ts';
import { Preview } from '../silences/preview.tsx';
import { SilenceCard } from '../silences/silence-card.tsx';
import { SilenceForm } from '../silences/silence-form.tsx';
import type { ViewProps } from './index.ts';

const parent = { title: 'Silences', path: silencesPath };

export function SilenceView({ parameters: { id = '' } }: ViewProps) {
  const { api, navigation } = useServices();
  const session = useSession();
  const refresh = useRefresh();
  const { data, error } = useData(`silence ${id} ${refresh.nowMs}`, (signal) =>
    api.get<Silence>(`${silencesApiPath}/${encodeURIComponent(id)}`, { signal }),
  );
  /** The version that the form starts from: the silence as opened, or as last saved by this form. */
  const [opened, setOpened] = useState<Silence | undefined>(undefined);
  if (data === undefined || session === undefined || data.id !== id)
    return error === undefined ? (
      <Loading what="the silence" />
    ) : (
      <Notice
        tone="bad"
        title="Cannot load the silence"
        text={renderProblem(error)}
        link={{ path: silencesPath, text: 'Show all silences' }}
      />
    );
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
          <h2 id="change-title">Extend or change</h2>
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
