/** Renders the result of a dry run: how often and on which series the rule would have fired, with a bar for each series. */
import { Fragment } from 'preact';
import { distinctLabels } from '../../alerts/alert-value.ts';
import type { DryRun, DryRunAlert } from '../../api/rules.ts';
import { Icon } from '../../components/icon.tsx';
import { formatClock, formatSpan, formatTime } from '../../format/values.ts';
import { dataNotes, dryRunSummary } from './dry-run.ts';

const shownSeries = 20;

export function DryRunView({ result }: { readonly result: DryRun }) {
  const { start, end, fired, hosts, alerts, expression } = result;
  const [startMs, endMs] = [Date.parse(start), Date.parse(end)];
  return (
    <section class="card padded dry-run" aria-label="Dry run" role="status">
      <p class="lead">
        <Icon name={fired === 0 ? 'check' : 'bell'} /> {dryRunSummary(result)}
      </p>
      {hosts.length === 0 ? null : (
        <p class="secondary">
          On {hosts.slice(0, 20).join(', ')}
          {hosts.length > 20 ? ' and others' : ''}
        </p>
      )}
      {dataNotes(result).map((note) => (
        <p class="secondary" key={note}>
          {note}
        </p>
      ))}
      {alerts.length === 0 ? null : (
        <div class="tracks">
          {alerts.slice(0, shownSeries).map((alert, index) => (
            <Fragment key={index}>
              <span class="track-name">{nameOf(alert)}</span>
              <Track alert={alert} startMs={startMs} endMs={endMs} />
            </Fragment>
          ))}
          <span />
          <div class="track-axis" aria-hidden="true">
            {[0, 1 / 4, 1 / 2, 3 / 4, 1].map((share) => (
              <span key={share}>{formatClock(startMs + share * (endMs - startMs)).slice(0, 5)}</span>
            ))}
          </div>
        </div>
      )}
      {alerts.length > shownSeries ? (
        <p class="secondary">{alerts.length - shownSeries} more series not drawn</p>
      ) : null}
      <details>
        <summary>Evaluated expression</summary>
        <pre class="wrapped">{expression}</pre>
      </details>
    </section>
  );
}

function nameOf({ host, labels }: DryRunAlert): string {
  const telling = distinctLabels(labels).map(([name, value]) => `${name}=${value}`);
  return [host, ...telling].filter((each) => each !== undefined).join(' ') || 'all';
}

interface TrackProps {
  readonly alert: DryRunAlert;
  readonly startMs: number;
  readonly endMs: number;
}

function Track({ alert, startMs, endMs }: TrackProps) {
  const share = (timeMs: number) =>
    `${(Math.min(Math.max(timeMs - startMs, 0), endMs - startMs) / (endMs - startMs)) * 100}%`;
  const spans = alert.episodes.map(({ starts_at, ends_at }) => {
    const from = Date.parse(starts_at);
    const to = ends_at === undefined ? endMs : Date.parse(ends_at);
    const text = `${formatTime(from)}, ${formatSpan(to - from)}${ends_at === undefined ? ', still firing' : ''}`;
    return { from, to, text };
  });
  return (
    <div class="track" role="img" aria-label={`${nameOf(alert)}: ${spans.map(({ text }) => text).join('; ')}`}>
      {spans.map(({ from, to, text }) => (
        <i
          key={from}
          title={text}
          style={{ left: `min(${share(from)}, 100% - 3px)`, right: `calc(100% - ${share(to)})` }}
        />
      ))}
    </div>
  );
}
