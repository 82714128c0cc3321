/** `hostpulse relay route`: shows the channels of an alert with given labels, and the reason. */
import { Command, InvalidArgumentError } from 'commander';
import type { EscalationStep } from '../../alert-relay/settings/escalations-type.ts';
import { expandChannels } from '../../alert-relay/settings/rota.ts';
import { routeAlert } from '../../alert-relay/stages/accept.ts';
import { tryEscalationName } from '../../alert-relay/stages/escalate.ts';
import { type LabelMatcher, parseMatchers } from '../../common/alertmanager/matchers.ts';
import { renderDuration } from '../../common/program/settings/units.ts';
import { addExamples } from '../cli/help/examples.ts';
import { addStoreFlags, type StoreFlags } from '../cli/program-store.ts';
import { runCommand } from '../cli/run-command.ts';
import { print } from '../cli/table.ts';
import { readRelayConfig } from './relay-command.ts';

interface RouteFlags extends StoreFlags {
  readonly labels?: Readonly<Record<string, string>>;
  readonly channels?: string;
}

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

export function createCommand(): Command {
  const command = new Command('hostpulse relay route')
    .description('show the channels of an alert with these labels, and why')
    .option('--labels <name=value>', 'a label of the alert, or several separated by commas; repeatable', collectLabels)
    .option('--channels <names>', "the rule's annotation channels")
    .action(route);
  return addExamples(addStoreFlags(command, 'relay'), [
    '--labels severity=critical,instance=web-1',
    'show the channels of a critical alert of web-1',
  ]);
}

async function route({ labels = {}, channels: annotation, ...flags }: RouteFlags): Promise<void> {
  const { channels, routes: configured, escalations, oncall } = await readRelayConfig(flags);
  const nowMs = Date.now();
  const routes = configured.map((each) => ({ ...each, channels: expandChannels(each.channels, oncall, nowMs) }));
  const annotations: Record<string, string> = annotation === undefined ? {} : { channels: annotation };
  const routed = routeAlert({ labels, annotations }, { channels: Object.keys(channels), routes });
  print(`channels: ${routed.channels.length === 0 ? 'none' : routed.channels.join(', ')}`);
  for (const reason of routed.reasons) print(`because:  ${reason}`);
  const escalation = tryEscalationName(labels, routes);
  if (escalation !== undefined) printEscalation(escalation, escalations[escalation] ?? []);
  if (routed.unknown.length > 0) print(`unknown:  ${routed.unknown.join(', ')} (not configured, ignored)`);
}

function printEscalation(name: string, steps: readonly EscalationStep[]): void {
  for (const { afterMs, channels } of steps)
    print(`escalation ${name}: after ${renderDuration(afterMs)}, unless acknowledged: ${channels.join(', ')}`);
}

/** Parses `name=value` and `name="value"`, as amtool does; text that amtool refuses is one label whose value is the rest. */
function collectLabels(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const labels = new Map(Object.entries(previous));
  for (const { name, value, isRegex, isEqual } of parseLabels(text)) {
    if (isRegex || !isEqual) throw new InvalidArgumentError(`expected name=value, got "${text}".`);
    labels.set(name, value);
  }
  return Object.fromEntries(labels);
}

function parseLabels(text: string): readonly LabelMatcher[] {
  try {
    return parseMatchers(text);
  } catch {
    const [, name, value] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw new InvalidArgumentError(`expected name=value, got "${text}".`);
    return [{ name, value: value.trim(), isRegex: false, isEqual: true }];
  }
}
