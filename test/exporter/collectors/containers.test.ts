/** Checks that the containers collector has series for the queries of well-known cAdvisor dashboards. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { containers } from '../../../exporter/collectors/containers.ts';
import type { Labels } from '../../../exporter/exposition/family.ts';
import { readFamilies } from '../../support/collector-host.ts';
import { createUnpackedCases } from '../../support/unpacked-cases.ts';

const cases = join(import.meta.dirname, '..', '..', 'cases', 'collectors', 'containers');
const unpacked = createUnpackedCases();

type Selector = readonly [metric: string, matches: (labels: Labels) => boolean];

const named = ({ name = '' }: Labels) => name !== '';
const withImage = ({ image = '' }: Labels) => image !== '';
const isHost = ({ id }: Labels) => id === '/';
const inPod = ({ container = '', pod = '' }: Labels) => container !== '' && pod !== '';
const any = () => true;

/** Selectors of the dashboards 193 and 893 (Docker) and 14282 (cAdvisor exporter). Omits selectors that `docs.differences` names. */
const ofDocker: readonly Selector[] = [
  ['container_cpu_usage_seconds_total', named],
  ['container_cpu_usage_seconds_total', isHost],
  ['container_cpu_system_seconds_total', named],
  ['container_cpu_user_seconds_total', withImage],
  ['container_last_seen', withImage],
  ['container_memory_cache', named],
  ['container_memory_rss', named],
  ['container_memory_swap', named],
  ['container_memory_usage_bytes', withImage],
  ['container_memory_working_set_bytes', isHost],
  ['container_network_receive_bytes_total', named],
  ['container_network_receive_bytes_total', isHost],
  ['container_network_transmit_bytes_total', named],
  ['container_fs_reads_bytes_total', named],
  ['container_fs_writes_bytes_total', named],
  ['container_spec_memory_limit_bytes', named],
  ['container_start_time_seconds', named],
  ['machine_cpu_cores', any],
  ['machine_memory_bytes', any],
];
/** Selectors of the dashboards of kube-prometheus. */
const ofKubernetes: readonly Selector[] = [
  ['container_cpu_usage_seconds_total', inPod],
  ['container_memory_working_set_bytes', inPod],
  ['container_memory_rss', inPod],
  ['container_network_receive_bytes_total', ({ pod = '' }) => pod !== ''],
  ['container_network_transmit_packets_dropped_total', ({ pod = '' }) => pod !== ''],
];

test.each([
  ['docker', ofDocker],
  ['kubernetes', ofKubernetes],
])('%s', async (name, selectors) => {
  const families = await readFamilies(containers, unpacked(join(cases, name)));
  const samplesOf = (metric: string) => families.find((family) => family.name === metric)?.samples ?? [];
  const empty = selectors.filter(([metric, matches]) => !samplesOf(metric).some(({ labels }) => matches(labels)));
  expect(empty).toEqual([]);
  expect(samplesOf('container_last_seen').length).toBeGreaterThan(1);
});

test('one container of a pod has the traffic, because the containers share the network of the pod', async () => {
  const page = readFileSync(join(cases, 'kubernetes', 'expected.prom'), 'utf8');
  expect(page.match(/^container_network_receive_bytes_total\{.*pod="shop-0".*\} .*$/gm)).toHaveLength(1);
});
