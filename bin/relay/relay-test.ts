/** `hostpulse relay test`: sends a test message directly to a channel, without queue and history. */
import { Command } from 'commander';
import { createChannel } from '../../alert-relay/channels/index.ts';
import { drawExample } from '../../alert-relay/chart/example.ts';
import type { Picture } from '../../alert-relay/chart/picture.ts';
import { createTestMessage } from '../../alert-relay/text/test-message.ts';
import { addStoreFlags, type StoreFlags } from '../cli/program-store.ts';
import { runCommand } from '../cli/run-command.ts';
import { print } from '../cli/table.ts';
import { readRelayConfig } from './relay-command.ts';

interface TestFlags extends StoreFlags {
  readonly channel: string;
}

export function run(argv: readonly string[]): Promise<void> {
  const command = new Command('hostpulse relay test')
    .description('send a message marked as a test to a channel')
    .requiredOption('--channel <name>', 'a channel of the configuration')
    .action(sendTest);
  return runCommand(addStoreFlags(command, 'relay'), argv);
}

async function sendTest({ channel: name, ...flags }: TestFlags): Promise<void> {
  const { channels, publicUrl, timeZone } = await readRelayConfig(flags);
  const settings = Object.hasOwn(channels, name) ? channels[name] : undefined;
  if (settings === undefined) {
    const known = Object.keys(channels).join(', ');
    throw new Error(
      `--channel: expected one of ${known === '' ? 'none: no channel is configured' : known}, got "${name}"`,
    );
  }
  const channel = createChannel({ name, settings, now: Date.now });
  const message = createTestMessage({ channel: name, nowMs: Date.now(), publicUrl, timeZone });
  const { signal } = new AbortController();
  let hasPicture = false;
  const tryPicture = async (): Promise<Picture> => {
    const picture = await drawExample(message, signal);
    hasPicture = true;
    return picture;
  };
  const outcome = await channel.deliver(message, { signal, previous: undefined, tryPicture });
  if (outcome.kind !== 'ok') {
    const next = outcome.kind === 'retry' ? 'an alert would be retried' : 'an alert would become a dead letter';
    throw new Error(`${name} did not accept the message (${next}): ${outcome.reason}`);
  }
  const fault = await outcome.followUp?.(signal);
  const picture = fault !== undefined ? `, without a picture: ${fault}` : hasPicture ? ', with a picture' : '';
  print(`${name}: delivered${picture}${outcome.warning === undefined ? '' : `, but ${outcome.warning}`}`);
}
