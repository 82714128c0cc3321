import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createLog } from '../../../common/program/log.ts';
import { addStoredGauge, type StoredGauge } from '../../../common/store/stored-gauges.ts';

function serve<Label extends string>(read: StoredGauge<Label>['read'], ...labelNames: Label[]) {
  const registry = new Registry();
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'logfmt', program: 'test', write: (line) => lines.push(line) });
  addStoredGauge({ registry, log, limitMs: 20 }, { name: 'depth', help: 'Depth.', labelNames, read });
  return { page: () => registry.metrics(), lines };
}

const head = '# HELP depth Depth.\n# TYPE depth gauge\n';

test('each scrape reads the values again, and values of the previous scrape disappear', async () => {
  const answers = [
    [
      { labels: { tier: '1m' }, value: 2 },
      { labels: { tier: '5m' }, value: 3 },
    ],
    [{ labels: { tier: '5m' }, value: 4 }],
    [],
  ];
  const { page } = serve(async () => answers.shift() ?? [], 'tier');
  expect(await page()).toBe(`${head}depth{tier="1m"} 2\ndepth{tier="5m"} 3\n`);
  expect(await page()).toBe(`${head}depth{tier="5m"} 4\n`);
  expect(await page()).toBe(`${head}`);
});

test('a gauge without labels is absent, not 0, when the database has no value', async () => {
  const { page } = serve(async () => []);
  expect(await page()).toBe(head);
});

test.each<[string, StoredGauge<never>['read'], string]>([
  ['fails', () => Promise.reject(new Error('connection refused')), 'connection refused'],
  ['hangs', () => new Promise(() => undefined), 'no answer within 0.02 s'],
])('a database that %s: the gauge is absent, the page is served, and the log has the error', async (_, read, error) => {
  const { page, lines } = serve(read);
  expect(await page()).toBe(head);
  expect(lines.join('')).toContain('metric=depth');
  expect(lines.join('')).toContain(error);
});
