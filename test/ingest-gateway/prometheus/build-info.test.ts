/** The version of Prometheus, from answers of real backends. */
import { expect, test } from '@jest/globals';
import { parseBuildInfo } from '../../../ingest-gateway/prometheus/build-info.ts';

const parse = (status: number, body: string) => parseBuildInfo({ status, body: Buffer.from(body) });
const success = (data: unknown): string => JSON.stringify({ status: 'success', data });
const build = { revision: '2.42.0+ds-5+deb12u1', branch: 'debian/sid', buildUser: 'x', goVersion: 'go1.19.8' };

test.each([
  ["Debian's Prometheus", 200, success({ version: '2.42.0+ds', ...build }), '2.42.0+ds'],
  ['a build without a version', 200, success({ version: '', ...build }), ''],
  ['Mimir', 200, success({ application: 'Grafana Mimir', version: '2.15.0', ...build }), undefined],
  ['VictoriaMetrics', 200, success({ version: '2.24.0' }), undefined],
  ['no such page', 404, '404 page not found\n', undefined],
  ['a page of another program', 200, '<html>', undefined],
  ['null', 200, 'null', undefined],
  ['no data', 200, success(null), undefined],
])('%s', (_, status, body, version) => {
  expect(parse(status, body)).toBe(version);
});

test('a Prometheus that is starting is an error', () => {
  expect(() => parse(503, 'Service Unavailable')).toThrow('Prometheus is starting or stopping');
});
