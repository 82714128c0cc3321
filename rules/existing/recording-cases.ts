/** Renders the promtool case of the recording rules: every series of one host, with a lost scrape in the last minute. */
import { metricByName, operationsOf, recordingName } from '../../common/catalogue/metrics.ts';
import { recordingOffsetSeconds } from '../../common/catalogue/promql.ts';
import { recordedTierNames } from '../../common/catalogue/tiers.ts';
import {
  type CaseJobs,
  constant,
  filesystem,
  type InputSeries,
  increasing,
  type RuleCase,
  renderCaseFile,
  renderValues,
  type Steady,
} from './case-file.ts';

const disk = 'device="sda"';
const network = 'device="eth0"';

/** Families with the labels of their series besides job and instance. */
const host: Readonly<Record<string, Readonly<Record<string, Steady>>>> = {
  node_cpu_seconds_total: {
    'cpu="0",mode="user"': increasing(0.3),
    'cpu="0",mode="system"': increasing(0.1),
    'cpu="0",mode="iowait"': increasing(0.1),
    'cpu="0",mode="idle"': increasing(0.5),
    'cpu="1",mode="user"': increasing(0.1),
    'cpu="1",mode="system"': increasing(0),
    'cpu="1",mode="iowait"': increasing(0),
    'cpu="1",mode="idle"': increasing(0.9),
  },
  node_load1: { '': constant(1) },
  node_load5: { '': constant(2) },
  node_load15: { '': constant(0.5) },
  node_memory_MemTotal_bytes: { '': constant(1_000) },
  node_memory_MemAvailable_bytes: { '': constant(600) },
  node_memory_MemFree_bytes: { '': constant(100) },
  node_memory_Buffers_bytes: { '': constant(30) },
  node_memory_Cached_bytes: { '': constant(250) },
  node_memory_SwapTotal_bytes: { '': constant(500) },
  node_memory_SwapFree_bytes: { '': constant(400) },
  node_filesystem_size_bytes: { [filesystem]: constant(1_000) },
  node_filesystem_free_bytes: { [filesystem]: constant(700) },
  node_filesystem_avail_bytes: { [filesystem]: constant(500) },
  node_filesystem_files: { [filesystem]: constant(200) },
  node_filesystem_files_free: { [filesystem]: constant(150) },
  node_disk_read_bytes_total: { [disk]: increasing(4_096) },
  node_disk_written_bytes_total: { [disk]: increasing(1_024) },
  node_disk_reads_completed_total: { [disk]: increasing(5) },
  node_disk_writes_completed_total: { [disk]: increasing(7) },
  node_network_transmit_bytes_total: { [network]: increasing(1_000) },
  node_network_receive_bytes_total: { [network]: increasing(2_000) },
  node_network_transmit_packets_total: { [network]: increasing(10) },
  node_network_receive_packets_total: { [network]: increasing(20) },
  node_network_receive_errs_total: { [network]: increasing(1) },
  node_network_transmit_errs_total: { [network]: increasing(2) },
  node_network_receive_drop_total: { [network]: increasing(3) },
  node_network_transmit_drop_total: { [network]: increasing(4) },
  node_sockstat_TCP_inuse: { '': constant(10) },
  node_sockstat_TCP6_inuse: { '': constant(1) },
  node_sockstat_UDP_inuse: { '': constant(4) },
  node_sockstat_UDP6_inuse: { '': constant(2) },
  node_netstat_Tcp_CurrEstab: { '': constant(7) },
  node_sockstat_TCP_tw: { '': constant(3) },
};

/** The values of the metrics, calculated by hand, with the labels of their series besides job and instance. */
const expected: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'cpu.usage.total': { '': 25 },
  'cpu.usage.user': { '': 20 },
  'cpu.usage.system': { '': 5 },
  'cpu.usage.idle': { '': 70 },
  'cpu.usage.iowait': { '': 5 },
  'cpu.cores.usage': { 'cpu="0"': 40, 'cpu="1"': 10 },
  'cpu.cores.count': { '': 2 },
  'cpu.load.average.1m': { '': 1 },
  'cpu.load.average.5m': { '': 2 },
  'cpu.load.average.15m': { '': 0.5 },
  'memory.total': { '': 1_000 },
  'memory.used': { '': 400 },
  'memory.available': { '': 600 },
  'memory.free': { '': 100 },
  'memory.buffers': { '': 30 },
  'memory.cached': { '': 250 },
  'memory.usage.percent': { '': 40 },
  'swap.total': { '': 500 },
  'swap.used': { '': 100 },
  'swap.usage.percent': { '': 20 },
  'disk.usage.total': { [filesystem]: 1_000 },
  'disk.usage.used': { [filesystem]: 300 },
  'disk.usage.free': { [filesystem]: 500 },
  'disk.usage.percent': { [filesystem]: 37.5 },
  'disk.inode.total': { [filesystem]: 200 },
  'disk.inode.used': { [filesystem]: 50 },
  'disk.inode.usage.percent': { [filesystem]: 25 },
  'disk.io.read.bytes': { [disk]: 4_096 },
  'disk.io.write.bytes': { [disk]: 1_024 },
  'disk.io.read.count': { [disk]: 5 },
  'disk.io.write.count': { [disk]: 7 },
  'network.io.bytes.sent': { [network]: 1_000 },
  'network.io.bytes.recv': { [network]: 2_000 },
  'network.io.packets.sent': { [network]: 10 },
  'network.io.packets.recv': { [network]: 20 },
  'network.io.errors.in': { [network]: 1 },
  'network.io.errors.out': { [network]: 2 },
  'network.io.dropped.in': { [network]: 3 },
  'network.io.dropped.out': { [network]: 4 },
  'network.connections.tcp': { '': 11 },
  'network.connections.udp': { '': 6 },
  'network.connections.established': { '': 7 },
  'network.connections.time_wait': { '': 3 },
};

const untilSeconds = 600;

/** Returns the test file. The expectation lists every recorded series, so that a superfluous series fails too. */
export function renderRecordingCases(ruleFiles: readonly string[], intervalSeconds: number, jobs: CaseJobs): string {
  return renderCaseFile({
    comment: `A host scraped every ${intervalSeconds} s that lost one scrape, and the same series with another job.`,
    ruleFiles,
    evaluationSeconds: 60,
    tests: [recordingCase(intervalSeconds, jobs)],
  });
}

function recordingCase(intervalSeconds: number, { job, otherJob }: CaseJobs): RuleCase {
  // The last scrape but one in the window of the last evaluation: rates still extend to both ends of the window.
  const lost = Math.floor((untilSeconds - recordingOffsetSeconds) / intervalSeconds) - 1;
  const seriesOf = (of: string): readonly InputSeries[] =>
    Object.entries(host).flatMap(([family, series]) =>
      Object.entries(series).map(([labels, steady]) => ({
        series: `${family}{${join(labels, `instance="web-1",job="${of}"`)}}`,
        values: renderValues(steady, { intervalSeconds, untilSeconds, lost }),
      })),
    );
  const samples = Object.entries(expected).flatMap(([name, values]) => {
    const metric = metricByName(name);
    if (metric === undefined) throw new Error(`case of ${name}: expected a metric of the catalogue`);
    return recordedTierNames.flatMap((tier) =>
      operationsOf(metric).flatMap((operation) =>
        Object.entries(values).map(([labels, value]) => ({
          labels: `{${join(`rule="${recordingName(metric, operation, tier)}"`, labels, `instance="web-1",job="${job}"`)}}`,
          value,
        })),
      ),
    );
  });
  return {
    name: 'every recorded series',
    interval: `${intervalSeconds}s`,
    input_series: [...seriesOf(job), ...(otherJob === undefined ? [] : seriesOf(otherJob))],
    promql_expr_test: [
      {
        expr: 'round(label_replace({__name__=~".+:(avg|max)[15]m"}, "rule", "$1", "__name__", "(.+)"), 0.000001)',
        eval_time: `${untilSeconds}s`,
        exp_samples: samples,
      },
    ],
  };
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(',');
}
