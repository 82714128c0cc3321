/** Checks that the image and the running services are as deploy/ and docs/containers.md describe them. */
import { request } from 'node:https';
import { eventually } from '../support/eventually.ts';
import { expectTrue, say } from '../support/printed-checks.ts';
import type { Engine } from './engine.ts';
import type { Project } from './project.ts';

const ruleName = 'ComposeTest';

/** The receiver of the relay's webhooks. */
export interface Hook {
  readonly requests: readonly { readonly text: string; readonly isSigned: boolean }[];
  readonly secret: string;
}

interface Inspected {
  readonly Config: { readonly User: string; readonly Image: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly Memory: number;
    readonly NetworkMode: string;
    readonly PidMode: string;
    readonly PortBindings: Readonly<Record<string, unknown>>;
  };
  readonly EffectiveCaps: readonly string[] | null;
}

export function checkImage({ run }: Engine, image: string): void {
  const [{ User, Size, Healthcheck }] = JSON.parse(run(['image', 'inspect', `docker.io/library/${image}`])) as [
    { User: string; Size: number; Healthcheck?: { Test: readonly string[] } },
  ];
  expectTrue('the image runs as 65534:65534', User === '65534:65534');
  say(`      ${image}: ${Math.round(Size / 2 ** 20)} MiB on the stand-in of its base`);
  expectTrue('the image has a HEALTHCHECK', (Healthcheck?.Test.length ?? 0) > 0);
}

export function checkHardening({ run }: Engine, { containers }: Project): void {
  const [setup, ...others] = ['setup', 'exporter', 'relay', 'alertmanager', 'prometheus', 'gateway'];
  const inspect = (service: string): Inspected =>
    (JSON.parse(run(['inspect', containers[service] as string])) as [Inspected])[0];
  expectTrue(
    'setup ended with success',
    run(['inspect', containers[setup as string] as string, '--format={{.State.ExitCode}}']) === '0',
  );
  for (const service of others) {
    const { Config, HostConfig, EffectiveCaps } = inspect(service);
    expectTrue(
      `${service}: no root, no capability, read-only root file system, memory limit`,
      Config.User.startsWith('65534') &&
        HostConfig.ReadonlyRootfs &&
        HostConfig.Memory > 0 &&
        (EffectiveCaps === null || EffectiveCaps.length === 0),
    );
    expectTrue(
      `${service}: ${service === 'gateway' ? 'published' : 'not published'}`,
      Object.keys(HostConfig.PortBindings).length === (service === 'gateway' ? 2 : 0),
    );
  }
  const { HostConfig } = inspect('exporter');
  expectTrue(
    "exporter: the host's network and processes",
    HostConfig.NetworkMode === 'host' && HostConfig.PidMode === 'host',
  );
}

interface Place {
  readonly hostName: string;
  readonly nodeName: string;
}

/** Checks that the API and Prometheus have samples of the exporter, and that Prometheus scrapes every program. */
export async function checkSample(project: Project, { hostName, nodeName }: Place): Promise<void> {
  const ask = gateway(project);
  const beganMs = performance.now();
  const values = await eventually({ what: 'a current value of the host', limitMs: 60_000, pollMs: 500 }, async () => {
    const { hosts } = (await ask('GET', `/api/v1/metrics/current?host=${hostName}`)) as {
      hosts: { host: string; values: { metric: string; value: number }[] }[];
    };
    return hosts.find(({ host }) => host === hostName)?.values;
  });
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(1);
  expectTrue(`the API answers ${values.length} values of ${hostName} (after ${seconds} s)`, values.length > 10);
  const password = project.exec('prometheus', ['cat', '/etc/prometheus/prometheus-password']);
  const authorization = `--header=Authorization: Basic ${Buffer.from(`hostpulse:${password}`).toString('base64')}`;
  const url = 'http://127.0.0.1:9090/api/v1/query?query=node_uname_info';
  const answer = project.exec('prometheus', ['wget', '-q', '-O-', authorization, url]);
  const { data } = JSON.parse(answer) as { data: { result: { metric: { instance: string; nodename: string } }[] } };
  const [series] = data.result;
  expectTrue(
    `Prometheus has node_uname_info of ${series?.metric.nodename}`,
    data.result.length === 1 && series?.metric.instance === hostName && series.metric.nodename === nodeName,
  );
  await eventually({ what: 'the scrape of every program', limitMs: 60_000, pollMs: 500 }, async () => {
    const { data: up } = (await ask('GET', `/api/v1/query?query=${encodeURIComponent('up == 1')}`)) as {
      data: { result: { metric: { job: string } }[] };
    };
    const jobs = new Set(up.result.map(({ metric }) => metric.job));
    return ['alertmanager', 'gateway', 'node', 'prometheus', 'relay'].every((job) => jobs.has(job)) || undefined;
  });
  say('ok    up is 1 for the host and for every program');
}

/**
 * Restarts the relay, as after a change of its channels, and creates an alert rule by the API. Checks that the alert arrives at the
 * webhook, signed with the secret in SECRETS_DIRECTORY.
 */
export async function checkAlert({ run }: Engine, project: Project, hook: Hook): Promise<void> {
  const ask = gateway(project);
  run(['restart', '--time=10', project.containers['relay'] as string]);
  const before = hook.requests.length;
  await ask('POST', '/api/v1/alerts/rules', {
    name: ruleName,
    expr: 'node_load1',
    operator: '>=',
    threshold: 0,
    severity: 'warning',
  });
  const beganMs = performance.now();
  const { isSigned } = await eventually({ what: 'the webhook of the alert', limitMs: 120_000, pollMs: 500 }, async () =>
    hook.requests.slice(before).find((each) => each.text.includes(ruleName)),
  );
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(1);
  expectTrue(
    `a relay that was restarted delivers the alert to the webhook (after ${seconds} s), signed with the secret of the file`,
    isSigned,
  );
}

/** Checks that Caddy answers by TLS with a certificate that its local CA has signed. */
export async function checkTls({ ports }: Project): Promise<void> {
  const status = await eventually({ what: 'an answer by TLS', limitMs: 60_000, pollMs: 500 }, async () => {
    const options = {
      host: '127.0.0.1',
      port: ports.HTTPS_PORT,
      path: '/-/ready',
      servername: 'monitoring.example.com',
      headers: { host: 'monitoring.example.com' },
      rejectUnauthorized: false, // the CA is Caddy's own
    };
    return new Promise<number | undefined>((resolve, reject) => {
      request(options, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once('error', reject)
        .end();
    });
  });
  expectTrue('the gateway answers by TLS through Caddy', status === 200);
}

type Ask = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>;

/** Returns a function that calls the gateway's published port with the admin key that setup created. */
function gateway(project: Project): Ask {
  const key = project.exec('gateway', ['cat', '/data/admin-key']);
  return async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${project.ports.HTTP_PORT}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
}
