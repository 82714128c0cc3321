/** Lists the firing alerts that the silence would mute. Alertmanager evaluates the matchers. */
import { type LabelMatcher, renderMatcher } from '../../common/alertmanager/matchers.ts';
import { alertPath } from '../../common/page/paths.ts';
import { distinctLabels } from '../alerts/alert-value.ts';
import { LabelList, SeverityBadge } from '../alerts/badges.tsx';
import { joinEpisodes } from '../alerts/firing.ts';
import { type ActiveAlerts, activePath, type HistoryPage, historyPath } from '../api/alerts.ts';
import { renderProblem } from '../api/problem.ts';
import { Loading } from '../components/notices.tsx';
import { useData, useServices } from '../hooks/services.ts';
import { useDebounced } from '../hooks/use-debounced.ts';

const settleMs = 300;
const shown = 20;

export function Preview({ matchers, nowMs }: { readonly matchers: readonly LabelMatcher[]; readonly nowMs: number }) {
  const { api } = useServices();
  const whole = matchers.filter(({ name }) => name.trim() !== '').map(renderMatcher);
  const filters = useDebounced(JSON.stringify(whole), settleMs);
  const isWhole = whole.length > 0 && whole.length === matchers.length;
  const { data, error } = useData(isWhole ? `preview ${filters} ${nowMs}` : undefined, async (signal) => {
    const [{ alerts }, open] = await Promise.all([
      api.get<ActiveAlerts>(activePath(JSON.parse(filters) as string[]), { signal }),
      api.get<HistoryPage>(`${historyPath}?state=firing&limit=1000`, { signal }),
    ]);
    return joinEpisodes(alerts, open.alerts);
  });
  return (
    <section class="card padded preview" aria-labelledby="preview-title" aria-live="polite">
      <h2 id="preview-title">
        Matching alerts <span class="count">{isWhole && error === undefined ? data?.length : ''}</span>
      </h2>
      {!isWhole ? (
        <p class="secondary">Complete the matchers to see matching alerts.</p>
      ) : error !== undefined ? (
        <p class="field-problem">{renderProblem(error)}</p>
      ) : data === undefined ? (
        <Loading what="alerts" />
      ) : data.length === 0 ? (
        <p class="secondary">No firing alert matches. The silence applies to later alerts.</p>
      ) : (
        <ul class="rows">
          {data.slice(0, shown).map(({ fingerprint, rule, host, severity, labels, episode }) => (
            <li key={fingerprint} class="preview-row">
              <SeverityBadge severity={severity} />
              <span>
                {episode === undefined ? rule : <a href={alertPath(episode)}>{rule}</a>}
                {host === undefined ? null : ` on ${host}`}
              </span>
              <LabelList labels={distinctLabels(labels)} />
            </li>
          ))}
          {data.length > shown ? <li class="secondary">and {data.length - shown} more</li> : null}
        </ul>
      )}
    </section>
  );
}
