/** Escalation: sends a firing alert that is not acknowledged to more channels, step by step. */
import type { Part } from '../../common/program/lifecycle.ts';
import type { Log } from '../../common/program/log.ts';
import { createSchedule } from '../../common/program/schedule.ts';
import type { Episode } from '../../common/store/relay-records.ts';
import type { Database } from '../../common/store/schema.ts';
import type { Escalations } from '../settings/escalations-type.ts';
import { expandChannels, type Rotas } from '../settings/rota.ts';
import type { Route } from '../settings/routes-type.ts';
import { dueSteps, type NewStep, type StoredStep, scheduleSteps, takeStep } from '../store/escalation-steps.ts';
import { enqueueNotifications, type NewNotification } from '../store/outbox.ts';
import { type EpisodeEvent, isMatch } from './accept.ts';

export interface EscalationRules {
  readonly routes: readonly Route[];
  readonly escalations: Escalations;
}

/**
 * Returns the name of the alert's escalation: that of the first matching route that has one, up to the first match without
 * `continue`. A rule's annotation `channels` does not change the escalation.
 */
export function tryEscalationName(
  labels: Readonly<Record<string, string>>,
  routes: readonly Route[],
): string | undefined {
  for (const route of routes) {
    if (!isMatch(route, labels)) continue;
    if (route.escalation !== undefined || !route.continue) return route.escalation;
  }
  return undefined;
}

/** Returns the steps of an episode. Their time counts from the first firing. */
export function stepsOf(
  { id, labels, opened_at }: Pick<Episode, 'id' | 'labels' | 'opened_at'>,
  { routes, escalations }: EscalationRules,
): readonly NewStep[] {
  const name = tryEscalationName(labels, routes);
  const steps = name === undefined || !Object.hasOwn(escalations, name) ? [] : (escalations[name] ?? []);
  return steps.map(({ afterMs, channels }, at) => {
    return { episodeId: id, step: at + 1, afterMs, channels, dueAtMs: opened_at + afterMs };
  });
}

/** Stores the steps of the episodes that were opened just now. Call it in the transaction that opened them. */
export async function scheduleEscalations(
  db: Database,
  events: readonly EpisodeEvent[],
  rules: EscalationRules,
): Promise<void> {
  if (Object.keys(rules.escalations).length === 0) return;
  const opened = events.filter(({ status, episode }) => status === 'firing' && episode.opened_at === episode.seen_at);
  await scheduleSteps(
    db,
    opened.flatMap(({ episode }) => stepsOf(episode, rules)),
  );
}

/** Maximum number of steps that one transaction takes. */
const stepsAtOnce = 200;

export async function hasDueSteps(db: Database, nowMs: number): Promise<boolean> {
  return (await dueSteps(db, nowMs, 1)).length > 0;
}

/** A step whose notifications are queued. */
export interface TakenStep extends Pick<StoredStep, 'episodeId' | 'step'> {
  readonly notified: readonly string[];
  /** Channels of the step that are not configured. */
  readonly unknown: readonly string[];
}

interface DueOptions {
  /** The configured channels. */
  readonly channels: readonly string[];
  readonly oncall: Rotas;
  readonly nowMs: number;
}

/**
 * Takes the due steps and queues their notifications. Call it in one transaction. A channel that has the alert already gets a
 * reminder. Several steps that are due together, as after an outage, notify a channel once.
 */
export async function escalateDue(
  db: Database,
  { channels, oncall, nowMs }: DueOptions,
): Promise<readonly TakenStep[]> {
  const taken: TakenStep[] = [];
  for (const { id, episodeId, step, channels: entries } of await dueSteps(db, nowMs, stepsAtOnce)) {
    const asked = expandChannels(entries, oncall, nowMs);
    const notified = [...new Set(asked)].filter((name) => channels.includes(name));
    taken.push({ episodeId, step, notified, unknown: asked.filter((name) => !channels.includes(name)) });
    await takeStep(db, { id, notified, nowMs });
  }
  const queued = taken.flatMap(({ episodeId, notified }): readonly NewNotification[] =>
    notified.map((channel) => ({ episodeId, status: 'firing', channel, nowMs })),
  );
  await enqueueNotifications(db, queued);
  return taken;
}

/** Logs the steps. Call it after they are committed. */
export function logEscalations(taken: readonly TakenStep[], log: Log): void {
  for (const { episodeId: episode, step, notified, unknown } of taken) {
    log.info('escalated', { episode, step, channels: notified.join(' ') });
    if (unknown.length > 0)
      log.warn('an escalation names channels that are not configured', { episode, step, unknown: unknown.join(' ') });
  }
}

export interface EscalationPartOptions {
  readonly escalate: () => Promise<void>;
  readonly log: Log;
}

/** Returns the part of the relay that looks each second for steps that are due. Relays that share a database take a step once. */
export function escalationPart({ escalate, log }: EscalationPartOptions): Part {
  const schedule = createSchedule({ name: 'escalation', expression: '* * * * * *', task: escalate, log });
  return { name: 'escalation', start: () => schedule.start(), stop: () => schedule.stop() };
}
