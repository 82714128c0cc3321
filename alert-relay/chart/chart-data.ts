/** What the picture of a message shows. */
import { metricByName } from '../../common/catalogue/index.ts';
import { renderValue } from '../text/format.ts';
import { groupText, groupTitle } from '../text/group-text.ts';
import type { GroupMessage, Message } from '../text/message.ts';
import { messageText, oneLine, type Tone, tagsOf, titleOf, toneOf, valueOf } from '../text/text.ts';

export interface ChartData {
  /** The rule's expression without its threshold. */
  readonly expression: string;
  /** Labels of the alerts that the message is about; each carries its series' labels. At least one. */
  readonly alerts: readonly Readonly<Record<string, string>>[];
  readonly tone: Tone;
  readonly isFiring: boolean;
  readonly title: string;
  readonly subtitle: string;
  readonly value: string | undefined;
  /** Whether the worst of several is the lowest. */
  readonly isLowWorse: boolean;
  readonly threshold: { readonly value: number; readonly label: string } | undefined;
  readonly unit: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly firing: { readonly startMs: number; readonly endMs: number };
  readonly timeZone: string;
}

const shownMs = 3_600_000;
/** After its end: enough to see the value fall. */
const afterEndMs = 5 * 60_000;

/** Undefined where the rule does not name its expression. */
export function tryChartData(message: Message | GroupMessage): ChartData | undefined {
  return 'shown' in message ? tryGroupData(message) : trySingleData(message);
}

function trySingleData(message: Message): ChartData | undefined {
  const expression = message.annotations['expr'];
  if (expression === undefined || expression.trim() === '') return undefined;
  return { ...aspectsOf(message), expression, alerts: [message.labels], title: titleOf(message) };
}

/** One picture for all: of a group's alerts those that fire are told apart from the others, and the worst stands out. */
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
      threshold === undefined || label === undefined ? undefined : { value: threshold, label: `threshold ${label}` },
    unit,
    startMs: endMs - shownMs,
    endMs,
    firing: { startMs: startsAtMs, endMs: endsAtMs ?? endMs },
    timeZone,
  };
}

/** `cpu.usage.total in percent`; for what the catalogue does not have, the rule's own words. */
function metricWords({ metric, unit, annotations }: Message): readonly string[] {
  if (metric === undefined) return [oneLine(annotations['expr'] ?? '')];
  const known = metricByName(metric)?.unit ?? unit;
  return [oneLine(known === undefined || known === 'count' ? metric : `${metric} in ${known}`)];
}

/** The picture in words, for those who do not see it. */
export function altOf(message: Message | GroupMessage, { title, subtitle, threshold }: ChartData): string {
  const { lead } = 'shown' in message ? groupText(message) : messageText(message);
  const drawn = `The last hour of ${subtitle}${threshold === undefined ? '' : ` with its ${threshold.label}`}`;
  return `${drawn}. ${title}: ${lead}`;
}
