/** What one message says of many alerts that fail together. */

import { renderSpan } from './format.ts';
import type { GroupMessage, Message } from './message.ts';
import { durationFact, type Fact, oneLine, type Tone, tagsOf, timeFact, toneOf, valueOf } from './text.ts';

export interface GroupText {
  readonly tone: Tone;
  readonly status: 'Firing' | 'Resolved';
  readonly title: string;
  readonly lead: string;
  /** How many, and how long. */
  readonly figures: readonly Fact[];
  readonly facts: readonly Fact[];
  readonly lines: readonly GroupLine[];
  /** How many more there are than lines. */
  readonly unseen: number;
}

/** One alert of the group. */
export interface GroupLine {
  readonly isFiring: boolean;
  /** The host; for alerts without one, their labels. */
  readonly name: string;
  /** Labels that tell it from others of the host, and its value; empty where there is nothing to say. */
  readonly detail: string;
  readonly link: string | undefined;
}

export function groupText(group: GroupMessage): GroupText {
  const { severity, firing, resolved, startsAtMs, endsAtMs, renderedAtMs, timeZone, shown } = group;
  const isFiring = firing > 0;
  const after = endsAtMs === undefined ? '' : ` after ${renderSpan(Math.max(0, endsAtMs - startsAtMs))}`;
  const some = resolved === 0 ? `${firing} alerts fire` : `${firing} of ${firing + resolved} alerts fire`;
  return {
    tone: isFiring ? toneOf(severity) : 'resolved',
    status: isFiring ? 'Firing' : 'Resolved',
    title: groupTitle(group),
    lead: isFiring ? `${some}.` : `All ${resolved} alerts are resolved${after}.`,
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

/** `HostDown on 40 hosts`; the same whatever of it still fires. */
export function groupTitle({ alertname, hosts, firing, resolved }: GroupMessage): string {
  const name = alertname === '' ? 'Alert' : alertname;
  return oneLine(hosts > 1 ? `${name} on ${hosts} hosts` : `${name}: ${firing + resolved} alerts`);
}

function lineOf(message: Message, isGroupFiring: boolean): GroupLine {
  const tags = tagsOf(message);
  const isOver = isGroupFiring && message.status === 'resolved';
  const detail = [
    message.host === undefined ? undefined : tags,
    isOver ? 'resolved' : undefined,
    valueOf(message),
  ].filter((each) => each !== undefined);
  return {
    isFiring: message.status === 'firing',
    name: oneLine(message.host ?? tags ?? message.alertname),
    detail: oneLine(detail.join(', ')),
    link: message.links.alert ?? message.links.graph,
  };
}
