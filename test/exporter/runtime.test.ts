/** Reloads of the configuration. Reloads of the push are in test/e2e/push-gateway.test.ts. */
import { expect, test } from '@jest/globals';
import type { ExporterConfig } from '../../exporter/config.ts';
import { createRuntime } from '../../exporter/runtime.ts';
import { load } from '../support/exporter-config.ts';
import { createLogLines } from '../support/log-lines.ts';

const configOf = (...argv: string[]): ExporterConfig => load({ argv: ['--collector.disable-defaults', ...argv] });

async function openRuntime(config: ExporterConfig) {
  const logged = createLogLines();
  let next: ExporterConfig | Error = config;
  const readConfig = () => (Error.isError(next) ? Promise.reject(next) : Promise.resolve(next));
  const context = { log: logged.log, version: '1.2.3', environment: {}, readConfig };
  const runtime = await createRuntime({ config, context, selfMetrics: undefined });
  const reload = (to: ExporterConfig | Error) => {
    next = to;
    return runtime.reload();
  };
  const scraped = async () => {
    const families = await runtime.scrape({ limitMs: 4_000 });
    const success = families.find(({ name }) => name === 'node_scrape_collector_success');
    return success?.samples.map(({ labels }) => labels['collector']);
  };
  return { runtime, reload, scraped, logged };
}

test('a reload replaces the collectors of scrapes and of collect[]', async () => {
  const { runtime, reload, scraped, logged } = await openRuntime(configOf('--collector.loadavg'));
  expect(await scraped()).toEqual(['loadavg']);
  await reload(configOf('--collector.stat', '--collector.meminfo'));
  expect(await scraped()).toEqual(['meminfo', 'stat']);
  expect([...runtime.collectorNames().enabled]).toEqual(['meminfo', 'stat']);
  expect(runtime.collectorNames().all.has('loadavg')).toBe(true);
  expect(logged.messages('info').at(-1)).toBe('configuration reloaded');
  expect(logged.messages('warn')).toEqual([]);
});

test('an invalid configuration leaves the previous one active', async () => {
  const { reload, scraped } = await openRuntime(configOf('--collector.loadavg'));
  await expect(reload(new Error('invalid'))).rejects.toThrow('invalid');
  expect(await scraped()).toEqual(['loadavg']);
  const contradicting = configOf(
    '--collector.netdev',
    '--collector.netdev.device-include=a',
    '--collector.netdev.device-exclude=b',
  );
  await expect(reload(contradicting)).rejects.toThrow('mutually exclusive');
  expect(await scraped()).toEqual(['loadavg']);
});

test('a reload warns about settings of the HTTP server, which need a restart', async () => {
  const { reload, logged } = await openRuntime(configOf('--collector.loadavg'));
  await reload(configOf('--collector.loadavg', '--web.listen-address=:1', '--web.max-requests=3'));
  expect(logged.lines().find(({ level }) => level === 'warn')).toMatchObject({
    msg: 'settings of web.* changed; restart the exporter to apply them',
    settings: ['listenAddresses', 'maxRequests'],
  });
});
