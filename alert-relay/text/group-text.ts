/** Renders the text of a message about a group of alerts. */
import type { GroupMessage, Message } from './message.ts';
import { durationFact, type Fact, oneLine, renderSpan, type Tone, tagsOf, timeFact, toneOf, valueOf } from './text.ts';

export interface GroupText {
  readonly tone: Tone;
  readonly status: 'Firing' | 'Resolved' | 'No data';
  readonly title: string;
  readonly lead: string;
  /** Counts and duration. */
  readonly figures: readonly Fact[];
  readonly facts: readonly Fact[];
  readonly lines: readonly GroupLine[];
  /** Number of alerts without a line. */
  readonly unseen: number;
}

/** One alert of the group. */
export interface GroupLine {
  readonly isFiring: boolean;
  /** The host, or the labels of an alert without a host. */
  readonly name: string;
  /** Labels that distinguish the alert from others of the host, and its value. May be empty. */
  readonly detail: string;
  readonly link: string | undefined;
}

export function groupText(group: GroupMessage): GroupText {
  const { severity, firing, resolved, startsAtMs, endsAtMs, renderedAtMs, timeZone, shown } = group;
  const isFiring = firing > 0;
  const after = endsAtMs === undefined ? '' : ` after ${renderSpan(Math.max(0, endsAtMs - startsAtMs))}`;
  const count = resolved === 0 ? `${firing} alerts are firing` : `${firing} of ${firing + resolved} alerts are firing`;
  const silent = shown.filter(({ isHostDown }) => isHostDown).length;
  const reason = silent === shown.length ? 'because their hosts were down' : 'some because their hosts were down';
  const end =
    silent === 0
      ? `All ${resolved} alerts are resolved${after}.`
      : `All ${resolved} alerts ended${after}, ${reason}. The conditions may persist.`;
  return {
    tone: isFiring ? toneOf(severity) : silent === 0 ? 'resolved' : 'notice',
    status: isFiring ? 'Firing' : silent > 0 && silent === shown.length ? 'No data' : 'Resolved',
    title: groupTitle(group),
    lead: isFiring ? `${count}.` : end,
    figures: [
      ...(firing === 0 ? [] : [{ name: 'Firing', value: String(firing) }]),
      ...(resolved === 0 ? [] : [{ name: 'Resolved', value: String(resolved) }]),
      ...durationFact({ isResolved: !isFiring, startsAtMs, endsAtMs, renderedAtMs }),
    ],
    facts: [
      ...(severity === undefined ? [] : [{ name: 'Severity', value: oneLine(severity) }]),
      ...timeFact('Since', startsAtMs, timeZone),
      ...(isFiring || endsAtMs === undefined ? [] : timeFact('Until', endsAtMs, timeZone)),
    ],
    lines: shown.map((message) => lineOf(message, isFiring)),
    unseen: Math.max(0, firing + resolved - shown.length),
  };
}

/** Returns `HostDown on 40 hosts`. Does not change while alerts of the group are resolved. */
export function groupTitle({ alertname, hosts, firing, resolved }: GroupMessage): string {
  const name = alertname === '' ? 'Alert' : alertname;
  return oneLine(hosts > 1 ? `${name} on ${hosts} hosts` : `${name}: ${firing + resolved} alerts`);
}

function lineOf(message: Message, isGroupFiring: boolean): GroupLine {
  const tags = tagsOf(message);
  const isOver = isGroupFiring && message.status === 'resolved';
  const detail = [
    message.host === undefined ? undefined : tags,
    message.isHostDown ? 'no data' : isOver ? 'resolved' : undefined,
    valueOf(message),
  ].filter((each) => each !== undefined);
  return {
    isFiring: message.status === 'firing',
    name: oneLine(message.host ?? tags ?? message.alertname),
    detail: oneLine(detail.join(', ')),
    link: message.links.alert ?? message.links.graph,
  };
}
