/** Invents deterministic series for the messages of the golden files, and draws their charts. */
import { type Chart, renderChart } from '../../alert-relay/chart/chart.ts';
import { type ChartData, tryChartData } from '../../alert-relay/chart/chart-data.ts';
import { chooseLines, stepMs } from '../../alert-relay/chart/series.ts';
import type { GroupMessage, Message } from '../../alert-relay/text/message.ts';
import type { RangeSeries } from '../../common/prometheus/query.ts';
import { groupCases, messageCases } from './alert-messages.ts';

type Shape = (minute: number, subject: ChartData) => number;

/** Minutes since the start of the alert; negative before it. */
function series(subject: ChartData, labels: Readonly<Record<string, string>>, shape: Shape): RangeSeries {
  const count = Math.floor((subject.endMs - subject.startMs) / stepMs) + 1;
  const points = Array.from({ length: count }, (_, at) => {
    const timeMs = subject.startMs + at * stepMs;
    return [timeMs, shape((timeMs - subject.firing.startMs) / 60_000, subject)] as const;
  });
  return { labels, points };
}

const busy: Shape = (minute, { isFiring, firing }) => {
  const wave = 6 * Math.sin(minute / 2.3) + 3 * Math.sin(minute * 1.7);
  const isOver = !isFiring && minute > (firing.endMs - firing.startMs) / 60_000 - 0.5;
  return minute < -5 || isOver ? 24 + wave * (isOver ? 0.5 : 1.6) : 90 + wave / 2;
};
const gib = 2 ** 30;

function seriesOf(name: string, subject: ChartData): readonly RangeSeries[] {
  const [first = {}] = subject.alerts;
  if (name === 'critical-with-labels') {
    const mount = (mountpoint: string) => ({ ...first, mountpoint, alertname: '' });
    return [
      series(subject, first, (minute) => (4.6 - (minute + 40) * 0.075) * gib),
      series(subject, mount('/'), () => 17.2 * gib),
      series(subject, mount('/srv'), (minute) => (9 + Math.sin(minute / 7)) * gib),
    ];
  }
  if (name.startsWith('group-'))
    return subject.alerts.map((labels, at) =>
      series(subject, labels, (minute, { isFiring, firing }) => {
        const isOver = !isFiring && minute > (firing.endMs - firing.startMs) / 60_000 - 1 - at / 8;
        return minute < -3 + at / 10 || isOver ? 1 : 0;
      }),
    );
  return [series(subject, first, busy)];
}

export interface PictureCase {
  readonly name: string;
  readonly message: Message | GroupMessage;
  readonly subject: ChartData;
  readonly chart: Chart;
  readonly svg: string;
}

/** Charts of every message whose rule has an expression, and charts of rare cases. */
export const pictureCases: readonly PictureCase[] = Object.entries({ ...messageCases, ...groupCases }).flatMap(
  ([name, message]) => {
    const subject = tryChartData(message);
    if (subject === undefined) return [];
    const chart: Chart = { ...subject, stepMs, lines: chooseLines(seriesOf(name, subject), subject) };
    return [{ name, message, subject, chart, svg: renderChart(chart) }];
  },
);
