/** `/silences/<id>`: one silence: to look at, to extend or change, to end. */
import { silencesPath } from '../../common/page/paths.ts';
import { renderProblem } from '../api/problem.ts';
import { useSession } from '../api/session.ts';
import { type Silence, silencesApiPath } from '../api/silences.ts';
import { ViewHead } from '../components/frame/view-head.tsx';
import { Loading } from '../components/loading.tsx';
import { Notice } from '../components/notice.tsx';
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
  if (error !== undefined)
    return (
      <Notice
        tone="bad"
        title="The silence cannot be shown"
        text={renderProblem(error)}
        link={{ path: silencesPath, text: 'All silences' }}
      />
    );
  if (data === undefined || session === undefined || data.id !== id) return <Loading what="the silence" />;
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
          <SilenceForm
            key={`${id} ${data.updated_at}`}
            initial={draftOf(data)}
            mayWrite={session.may_write}
            onSaved={(saved) => {
              navigation.go(`${silencesPath}/${saved.id}`, 'replace');
              refresh.refresh();
            }}
          />
        </section>
      )}
    </>
  );
}
