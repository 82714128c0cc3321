/** Exposes the exporter's own metrics: build information, requests and the process. */
import { counter, type Family, gauge, single } from './exposition/family.ts';
import { createProcessMetrics } from './process-metrics.ts';

/** Status codes of the metrics endpoint. */
const statuses: readonly number[] = [200, 400, 500, 503];

export interface SelfMetrics {
  /** Counts the start of a request to the metrics endpoint. */
  startRequest(): void;
  /** Counts the response to a request by its status code. */
  countResponse(status: number): void;
  endRequest(): void;
  /** Returns the metrics of this process, the build information and the request metrics. */
  read(): Family[];
}

export function createSelfMetrics({ version }: { readonly version: string }): SelfMetrics {
  const readProcess = createProcessMetrics();
  const buildInfo = buildFamilies(version);
  const requests = new Map(statuses.map((status) => [status, { labels: { code: String(status) }, value: 0 }]));
  let inFlight = 0;

  function requestFamilies(): Family[] {
    const samples = Array.from(requests.values(), (sample) => ({ ...sample }));
    return [
      counter(
        'hostpulse_exporter_requests_total',
        'Requests to the metrics endpoint, by status code of the response.',
        samples,
      ),
      single(
        'hostpulse_exporter_requests_in_flight',
        'Requests to the metrics endpoint in progress.',
        'gauge',
        inFlight,
      ),
    ];
  }

  return {
    startRequest() {
      inFlight += 1;
    },
    countResponse(status) {
      const sample = requests.get(status);
      if (sample !== undefined) sample.value += 1;
    },
    endRequest() {
      inFlight -= 1;
    },
    read: () => [...readProcess(), ...buildInfo, ...requestFamilies()],
  };
}

function buildFamilies(version: string): readonly Family[] {
  const own = { program: 'exporter', version, runtime: `node ${process.versions.node}` };
  const upstream = {
    branch: '',
    goarch: goArch(),
    goos: goOs(),
    goversion: '',
    revision: '',
    tags: '',
    version,
  };
  return [
    gauge('hostpulse_build_info', 'A metric with a constant 1 value labeled by program, version and runtime.', [
      { labels: own, value: 1 },
    ]),
    gauge(
      'node_exporter_build_info',
      'A metric with a constant 1 value labeled by version; node_exporter has it, and dashboards select hosts by it.',
      [{ labels: upstream, value: 1 }],
    ),
  ];
}

/** Go's names of architectures and systems where Node's differ. */
function goArch(): string {
  const { arch } = process;
  return arch === 'x64' ? 'amd64' : arch === 'ia32' ? '386' : arch;
}

function goOs(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}
