/** Derives the content of a picture from a message. */
import { metricByName } from '../../common/catalogue/metrics.ts';
import { groupText, groupTitle } from '../text/group-text.ts';
import type { GroupMessage, Message } from '../text/message.ts';
import { messageText, oneLine, renderValue, type Tone, tagsOf, titleOf, toneOf, valueOf } from '../text/text.ts';

export interface ChartData {
  /** The rule's expression without the threshold. */
  readonly expression: string;
  /** Labels of the message's alerts, which include the labels of their series. At least one. */
  readonly alerts: readonly Readonly<Record<string, string>>[];
  readonly tone: Tone;
  readonly isFiring: boolean;
  readonly title: string;
  readonly subtitle: string;
  readonly value: string | undefined;
  /** Whether the lowest value is the worst. */
  readonly isLowWorse: boolean;
  readonly threshold: { readonly value: number; readonly label: string } | undefined;
  readonly unit: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly firing: { readonly startMs: number; readonly endMs: number };
  readonly timeZone: string;
}

const shownMs = 3_600_000;
/** Time shown after the end of an alert, so that the value is seen to fall. */
const afterEndMs = 5 * 60_000;

/** Returns undefined if the rule has no annotation `expr`. */
export function tryChartData(message: Message | GroupMessage): ChartData | undefined {
  return 'shown' in message ? tryGroupData(message) : trySingleData(message);
}

function trySingleData(message: Message): ChartData | undefined {
  const expression = message.annotations['expr'];
  if (expression === undefined || expression.trim() === '') return undefined;
  return { ...aspectsOf(message), expression, alerts: [message.labels], title: titleOf(message) };
}

/** Returns the data of a group's picture: its firing alerts, or all of them after the last is resolved. */
function tryGroupData(group: GroupMessage): ChartData | undefined {
  const firing = group.shown.filter(({ status }) => status === 'firing');
  const members = firing.length > 0 ? firing : group.shown;
  const [first] = members;
  const expression = first?.annotations['expr'];
  if (first === undefined || expression === undefined || expression.trim() === '') return undefined;
  const alike = members.filter(({ annotations }) => annotations['expr'] === expression);
  const { startsAtMs, endsAtMs, renderedAtMs } = group;
  const aspects = aspectsOf({ ...first, startsAtMs, endsAtMs, renderedAtMs });
  return {
    ...aspects,
    expression,
    alerts: alike.map(({ labels }) => labels),
    isFiring: group.firing > 0,
    title: groupTitle(group),
    subtitle: [...metricWords(first), `${alike.length} of ${group.firing + group.resolved} drawn`].join(', '),
    value: group.firing > 0 ? `${group.firing} of ${group.firing + group.resolved} firing` : 'all resolved',
  };
}

function aspectsOf(message: Message): Omit<ChartData, 'expression' | 'alerts' | 'title'> {
  const { severity, status, value, threshold, unit, startsAtMs, endsAtMs, renderedAtMs, timeZone } = message;
  const endMs = endsAtMs === undefined ? renderedAtMs : Math.min(renderedAtMs, endsAtMs + afterEndMs);
  const label = threshold === undefined ? undefined : renderValue(threshold, unit);
  return {
    tone: toneOf(severity),
    isFiring: status === 'firing',
    subtitle: [...metricWords(message), tagsOf(message)].filter((each) => each !== undefined).join(', '),
    value: valueOf(message),
    isLowWorse: status === 'firing' && value !== undefined && threshold !== undefined && value < threshold,
    threshold:
      threshold === undefined || !Number.isFinite(threshold) || label === undefined
        ? undefined
        : { value: threshold, label: `threshold ${label}` },
    unit,
    startMs: endMs - shownMs,
    endMs,
    firing: { startMs: startsAtMs, endMs: endsAtMs ?? endMs },
    timeZone,
  };
}

/** Returns `cpu.usage.total in percent`, or the expression if the rule names no metric. */
function metricWords({ metric, unit, annotations }: Message): readonly string[] {
  if (metric === undefined) return [oneLine(annotations['expr'] ?? '')];
  const known = metricByName(metric)?.unit ?? unit;
  return [oneLine(known === undefined || known === 'count' ? metric : `${metric} in ${known}`)];
}

/** Returns the picture's alternative text. */
export function altOf(message: Message | GroupMessage, { title, subtitle, threshold }: ChartData): string {
  const { lead } = 'shown' in message ? groupText(message) : messageText(message);
  const drawn = `The last hour of ${subtitle}${threshold === undefined ? '' : ` with its ${threshold.label}`}`;
  return `${drawn}. ${title}: ${lead}`;
}
