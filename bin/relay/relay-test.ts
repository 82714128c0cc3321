/** `hostpulse relay test`: sends a test message directly to a channel, without queue and history. */
import { Command } from 'commander';
import { createChannel } from '../../alert-relay/channels/index.ts';
import { renderChart } from '../../alert-relay/chart/chart.ts';
import type { Picture } from '../../alert-relay/chart/picture.ts';
import { createRaster } from '../../alert-relay/chart/raster.ts';
import { stepMs } from '../../alert-relay/chart/series.ts';
import type { Message } from '../../alert-relay/text/message.ts';
import { addExamples } from '../cli/help/examples.ts';
import { addStoreFlags, type StoreFlags } from '../cli/program-store.ts';
import { runCommand } from '../cli/run-command.ts';
import { print } from '../cli/table.ts';
import { readRelayConfig } from './relay-command.ts';

interface TestFlags extends StoreFlags {
  readonly channel: string;
}

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

export function createCommand(): Command {
  const command = new Command('hostpulse relay test')
    .description('send a message marked as a test to a channel')
    .requiredOption('--channel <name>', 'a channel of the configuration')
    .action(sendTest);
  return addExamples(addStoreFlags(command, 'relay'), ['--channel team', 'check that messages arrive']);
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

interface TestMessageOptions {
  readonly channel: string;
  readonly nowMs: number;
  readonly publicUrl: string | undefined;
  readonly timeZone: string;
}

/** The text and the label `hostpulse_test` mark the message as a test. Its id is 0, which no notification has. */
function createTestMessage({ channel, nowMs, publicUrl, timeZone }: TestMessageOptions): Message {
  return {
    id: 0,
    status: 'firing',
    isReminder: false,
    acknowledgement: undefined,
    ackNews: undefined,
    escalation: undefined,
    isAnnounced: true,
    isHostDown: false,
    episodeId: 0,
    fingerprint: 'test',
    alertname: 'TestMessage',
    severity: 'info',
    host: undefined,
    metric: undefined,
    unit: undefined,
    value: undefined,
    threshold: undefined,
    summary: `This is a test of the channel "${channel}". Nothing is wrong.`,
    description: 'Sent by "hostpulse relay test". If you can read this, alerts arrive here.',
    startsAtMs: nowMs,
    endsAtMs: undefined,
    renderedAtMs: nowMs,
    timeZone,
    labels: { alertname: 'TestMessage', severity: 'info', hostpulse_test: 'true' },
    annotations: {},
    links: { graph: publicUrl, alert: undefined, silence: undefined, ack: undefined, runbook: undefined },
  };
}

const hourMs = 3_600_000;

/** Draws a sample picture, with which the command checks that the channel can show pictures. */
async function drawExample({ renderedAtMs: endMs, timeZone }: Message, signal: AbortSignal): Promise<Picture> {
  const startMs = endMs - hourMs;
  const points = Array.from({ length: hourMs / stepMs + 1 }, (_, at) => {
    const share = (at * stepMs) / hourMs;
    return [startMs + at * stepMs, 40 + 45 * share ** 3 + 8 * Math.sin(share * 30)] as const;
  });
  const svg = renderChart({
    tone: 'notice',
    isFiring: true,
    title: 'Example: nothing is wrong',
    subtitle: 'invented data, in percent',
    value: 'test',
    threshold: { value: 80, label: 'threshold 80 %' },
    unit: 'percent',
    startMs,
    endMs,
    stepMs,
    firing: { startMs: endMs - 5 * 60_000, endMs },
    lines: [{ role: 'own', points }],
    timeZone,
  });
  const raster = createRaster();
  try {
    return { png: await raster.render(svg, signal), alt: 'An example picture with invented data.' };
  } finally {
    raster.stop();
  }
}
