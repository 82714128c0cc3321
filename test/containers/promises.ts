/** The promises of deploy/ and docs/containers.md about the image and the running services. */
import { request } from 'node:https';
import type { Engine } from './engine.ts';
import type { Project } from './project.ts';
import { expectTrue, say, until } from './steps.ts';

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
  const [{ User, Healthcheck }, size] = JSON.parse(
    run(['image', 'inspect', `docker.io/library/${image}`, '--format=[{{json .Config}}, {{.Size}}]']),
  ) as [{ User: string; Healthcheck?: unknown }, number];
  expectTrue('the image runs as 65534:65534', User === '65534:65534');
  say(`      ${image}: ${Math.round(size / 2 ** 20)} MiB on the stand-in of its base`);
  const health = run(['image', 'inspect', `docker.io/library/${image}`, '--format={{json .}}']);
  expectTrue('the image has a HEALTHCHECK', Healthcheck !== undefined || health.includes('"Healthcheck"'));
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
        (EffectiveCaps ?? []).length === 0,
    );
    expectTrue(
      `${service}: ${service === 'gateway' ? 'published' : 'not published'}`,
      Object.keys(HostConfig.PortBindings ?? {}).length === (service === 'gateway' ? 2 : 0),
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

/** The exporter's sample, as the API and Prometheus answer it. */
export async function checkSample(project: Project, { hostName, nodeName }: Place): Promise<void> {
  const ask = gateway(project);
  const beganMs = performance.now();
  const values = await until('a current value of the host', 60_000, async () => {
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
  await until('the scrape of every program', 60_000, async () => {
    const { data: up } = (await ask('GET', `/api/v1/query?query=${encodeURIComponent('up == 1')}`)) as {
      data: { result: { metric: { job: string } }[] };
    };
    const jobs = new Set(up.result.map(({ metric }) => metric.job));
    return ['alertmanager', 'gateway', 'node', 'prometheus', 'relay'].every((job) => jobs.has(job)) || undefined;
  });
  say('ok    up is 1 for the host and for every program');
}

/** An alert rule made by the API fires, and its message arrives at the webhook, signed with the secret of the secrets folder. */
export async function checkAlert(project: Project, hook: Hook): Promise<void> {
  const ask = gateway(project);
  const before = hook.requests.length;
  await ask('POST', '/api/v1/alerts/rules', {
    name: ruleName,
    expr: 'node_load1',
    operator: '>=',
    threshold: 0,
    severity: 'warning',
  });
  const beganMs = performance.now();
  const { isSigned } = await until('the webhook of the alert', 120_000, async () =>
    hook.requests.slice(before).find((each) => each.text.includes(ruleName)),
  );
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(1);
  expectTrue(`the alert arrives at the webhook (after ${seconds} s), signed with the secret of the file`, isSigned);
}

/** Caddy terminates TLS for the site with its own CA. */
export async function checkTls({ ports }: Project): Promise<void> {
  const status = await until('an answer by TLS', 60_000, async () => {
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
