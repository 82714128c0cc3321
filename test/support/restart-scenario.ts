/**
 * Restarts Prometheus, Alertmanager, both, or the relay while two alerts fire. During the restart, the condition of one alert stays true, and the
 * condition of the other alert becomes false.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { type AlertChain, type ChainTimes, startAlertChain } from './alert-chain.ts';
import { eventually } from './eventually.ts';

export type RestartedPart = 'prometheus' | 'alertmanager' | 'relay';

export interface Restart {
  readonly parts: readonly RestartedPart[];
  readonly signal: 'SIGKILL' | 'SIGTERM';
}

const partSets: readonly (readonly RestartedPart[])[] = [
  ['prometheus'],
  ['alertmanager'],
  ['prometheus', 'alertmanager'],
  ['relay'],
];

/** Each set of programs, with each signal. */
export const restartMatrix: readonly Restart[] = partSets.flatMap((parts) =>
  (['SIGKILL', 'SIGTERM'] as const).map((signal) => ({ parts, signal })),
);

/** Extra time, because other tests run on the machine. */
const slackMs = 30_000;

/** Runs the scenario and checks the messages of the sink and the history. */
export async function runRestart(times: ChainTimes, restart: Restart): Promise<void> {
  const chain = await startAlertChain(times);
  try {
    await fire(chain, times);
    await restartParts(chain, times, restart);
    await checkGone(chain, times);
    await checkStays(chain, times);
    await checkEnd(chain, times);
  } catch (cause) {
    const outputs = restart.parts.map((part) => `${part}:\n${tail(chain[part].output())}`);
    const { parts, signal } = restart;
    throw new Error(`${parts.join(' and ')} by ${signal}\n${tail(chain.relay.output())}\n${outputs.join('\n')}`, {
      cause,
    });
  } finally {
    await chain.stop();
  }
}

async function fire(chain: AlertChain, times: ChainTimes): Promise<void> {
  for (const name of ['stays', 'goes']) chain.condition.set(name, 1);
  const limitMs = times.for + times.groupWait + 2 * times.evaluation + slackMs;
  for (const name of ['stays', 'goes'])
    await eventually({ what: `the channel hears that "${name}" fires`, limitMs }, () => atLeast(chain, name, 1));
  expect(chain.told('stays')).toEqual(['firing']);
  expect(chain.told('goes')).toEqual(['firing']);
  // A relay that is killed between a delivery and its record sends the message again, which test/e2e/relay-crash tests.
  await eventually({ what: 'the relay has recorded both deliveries', limitMs: slackMs }, () =>
    chain.relay.output().split('msg=delivered').length > 2 ? true : undefined,
  );
}

/** Clears the condition while the programs are down, long enough for a running Prometheus to notice. */
async function restartParts(chain: AlertChain, times: ChainTimes, { parts, signal }: Restart): Promise<void> {
  const exitCodes = await Promise.all(parts.map((part) => chain[part].stop(signal)));
  expect(exitCodes).toEqual(parts.map(() => (signal === 'SIGTERM' ? 0 : null)));
  chain.condition.set('goes', 0);
  await sleep(times.scrape + 2 * times.evaluation);
  await Promise.all(parts.map((part) => chain[part].start()));
}

/** Expects one resolved message: through Alertmanager, or by the reconciler if Alertmanager lost the alert. */
async function checkGone(chain: AlertChain, times: ChainTimes): Promise<void> {
  const limitMs = 4 * times.resendDelay + times.absentFor + 2 * times.reconcileInterval + slackMs;
  await eventually({ what: 'the channel hears that "goes" ended', limitMs }, () => atLeast(chain, 'goes', 2));
}

/** Expects no false message when Alertmanager's copy of the alert expires, and when the reconciler runs. */
async function checkStays(chain: AlertChain, times: ChainTimes): Promise<void> {
  await sleep(Math.max(4 * times.resendDelay, times.absentFor) + 2 * times.reconcileInterval);
  expect(chain.told('stays')).toEqual(['firing']);
  expect(chain.told('goes')).toEqual(['firing', 'resolved']);
}

async function checkEnd(chain: AlertChain, times: ChainTimes): Promise<void> {
  chain.condition.set('stays', 0);
  const limitMs = 4 * times.resendDelay + times.groupInterval + slackMs;
  await eventually({ what: 'the channel hears that "stays" ended', limitMs }, () => atLeast(chain, 'stays', 2));
  expect(chain.told('stays')).toEqual(['firing', 'resolved']);
  const episodes = chain.episodes();
  expect(episodes.map(({ condition }) => condition).sort()).toEqual(['goes', 'stays']);
  expect(episodes.filter(({ closed_at }) => closed_at === null)).toEqual([]);
  expect(episodes.find(({ condition }) => condition === 'stays')).toMatchObject({
    resolution: 'announced',
    value_at_resolve: 0,
  });
}

function atLeast(chain: AlertChain, name: string, count: number): true | undefined {
  return chain.told(name).length >= count ? true : undefined;
}

function tail(text: string): string {
  return text.split('\n').slice(-15).join('\n');
}
