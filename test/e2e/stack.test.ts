/**
 * Tests the whole stack as a user runs it: `hostpulse up` with real Prometheus and Alertmanager, a condition that becomes true
 * and false again, parts that are killed, and a stop that leaves nothing.
 */
import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tryStartTicks } from '../../stack/process/orphans.ts';
import { binaryPath } from '../support/binaries.ts';
import { runCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningStack, spawnUp, startStack } from '../support/stack.ts';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts';

const partNames = ['alertmanager', 'exporter', 'gateway', 'prometheus', 'relay'];

let sink: WebhookSink;
let stack: RunningStack;

beforeAll(async () => {
  sink = await startWebhookSink();
  stack = await startStack({
    relayConfig: `channels:\n  sink:\n    type: webhook\n    url: ${sink.url}\n    secret: \${HOOK_SECRET}\n`,
    environment: { HOOK_SECRET: 'CANARY' },
    customRules: { 'broken.rules.yml': brokenRules, 'sound.rules.yml': soundRules },
  });
}, 150_000);

afterAll(async () => {
  await stack.remove();
  await sink.stop();
}, 60_000);

const soundRules = 'groups:\n- name: mine\n  rules:\n  - {alert: Mine, expr: vector(0) > 1}\n';
const brokenRules = '# by hand\ngroups:\n- name: broken\n  rules:\n  - {alert: Broken, expr: "up == ("}\n';

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly scrapeInterval: string;
}

interface RecordedAlert {
  readonly notifications: readonly { readonly state: string }[];
}

interface RuleGroup {
  readonly name: string;
  readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[];
}

async function openUdpSockets(count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'));
  await Promise.all(
    sockets.map((socket) => new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', () => resolve()))),
  );
  return sockets;
}

async function closeSockets(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
}

function webhooksFor(alertname: string): readonly Record<string, unknown>[] {
  return sink.received.map(({ body }) => body).filter((body) => body['alert'] === alertname);
}

describe('up', () => {
  test('prints a line for each component when it is ready, then the summary', () => {
    const printed = stack.output();
    const ready = [...printed.matchAll(/^(\w+) +ready after/gm)].map((match) => match[1]);
    expect(ready).toEqual(['exporter', 'relay', 'alertmanager', 'prometheus', 'gateway']);
    expect(printed).toContain('all components ready after');
    expect(printed).toContain(`${stack.urls.gateway}/login?token=`);
    expect(printed).toContain(stack.urls.admin_key_file);
    expect(printed).toContain(stack.urls.prometheus_password_file);
  });

  test('writes stack.json for its user only', () => {
    const file = join(stack.dataDirectory, 'stack.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Object.keys(stack.urls)).toEqual([
      'exporter',
      'gateway',
      'relay',
      'prometheus',
      'alertmanager',
      'public_url',
      'admin_key_file',
      'prometheus_user',
      'prometheus_password_file',
      'alertmanager_user',
      'alertmanager_password_file',
      'pid',
    ]);
    expect(stack.urls.pid).toBe(String(stack.process.pid));
    expect(stack.urls.gateway).toBe(`http://127.0.0.1:${9_180 + stack.portOffset}`);
  });

  test('Prometheus asks for its password', async () => {
    expect((await fetch(`${stack.urls.prometheus}/api/v1/query?query=up`)).status).toBe(401);
  });

  test('Alertmanager asks for its password on every path', async () => {
    const ask = (path: string, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${stack.urls.alertmanager}${path}`, { headers });
    for (const path of ['/api/v2/alerts', '/api/v2/silences', '/metrics', '/-/ready', '/debug/pprof/heap'])
      expect([path, (await ask(path)).status]).toEqual([path, 401]);
    const password = readFileSync(stack.urls.alertmanager_password_file, 'utf8').trim();
    const authorization = `Basic ${btoa(`${stack.urls.alertmanager_user}:${password}`)}`;
    expect((await ask('/api/v2/silences', { authorization })).status).toBe(200);
    expect((await ask('/api/v2/silences', { authorization: `Basic ${btoa('hostpulse:wrong')}` })).status).toBe(401);
  });

  test('only the relay has the secrets of relay.yml in its environment', () => {
    const holders = Object.entries(stack.parts())
      .filter(([, pid]) => readFileSync(`/proc/${pid}/environ`, 'utf8').includes('CANARY'))
      .map(([name]) => name);
    expect(holders).toEqual(['relay']);
  });

  test("Prometheus scrapes this host every 5 s, and every program's own metrics", async () => {
    const targets = await eventually({ what: 'all targets up', limitMs: 40_000 }, async () => {
      const { activeTargets } = (await stack.askPrometheus('targets')) as { activeTargets: readonly Target[] };
      return activeTargets.length === 5 && activeTargets.every(({ health }) => health === 'up')
        ? activeTargets
        : undefined;
    });
    expect(targets.map(({ labels }) => String(labels['job'])).sort()).toEqual([
      'alertmanager',
      'gateway',
      'node',
      'prometheus',
      'relay',
    ]);
    expect(targets.find(({ labels }) => labels['job'] === 'node')?.scrapeInterval).toBe('5s');
  });

  test('commands find the stack by its data directory', async () => {
    const status = await runCli(['tiers', 'status', '--data-dir', stack.dataDirectory]);
    expect(status).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^raw +\d{4}-/m) });
    const link = await runCli(['key', 'login-link', '--data-dir', stack.dataDirectory]);
    expect(link.stdout).toContain(`${stack.urls.gateway}/login?token=`);
  });

  test('every rule is healthy', async () => {
    const groups = await eventually({ what: 'every rule evaluated', limitMs: 90_000, pollMs: 500 }, async () => {
      const { groups } = (await stack.askPrometheus('rules')) as { groups: readonly RuleGroup[] };
      const alerts = groups.filter(({ name }) => !name.includes('recording'));
      return alerts.every(({ rules }) => rules.every(({ health }) => health !== 'unknown')) ? groups : undefined;
    });
    expect(groups.length).toBeGreaterThan(3);
    const faults = groups.flatMap(({ rules }) => rules.filter(({ health }) => health === 'err'));
    expect(faults).toEqual([]);
  });

  test('no label of an alert, and no label of a metric of the programs, contains the path of the data directory', async () => {
    const selectors = ['ALERTS', '{job=~"gateway|relay|node"}'];
    const query = selectors.map((selector) => `match[]=${encodeURIComponent(selector)}`).join('&');
    const series = await eventually({ what: 'series of alerts and programs', limitMs: 60_000 }, async () => {
      const found = (await stack.askPrometheus(`series?${query}`)) as readonly Readonly<Record<string, string>>[];
      const names = new Set(found.map((labels) => (labels['__name__'] === 'ALERTS' ? 'ALERTS' : labels['job'])));
      return ['ALERTS', 'gateway', 'node', 'relay'].every((name) => names.has(name)) ? found : undefined;
    });
    const withPath = series.filter((labels) =>
      Object.values(labels).some((value) => value.includes(stack.dataDirectory)),
    );
    expect(withPath).toEqual([]);
  });

  test("promtool accepts the exporter's page", async () => {
    const page = await (await fetch(`${stack.urls.exporter}/metrics`)).text();
    const { status, stdout, stderr } = spawnSync(binaryPath('promtool'), ['check', 'metrics'], {
      input: page,
      encoding: 'utf8',
    });
    // Names of node_exporter, which its users' rules and dashboards need. node_exporter also excludes these names from its lint.
    const faults = stderr
      .split('\n')
      .filter(
        (line) =>
          line !== '' &&
          !/^node_(?:netstat|memory|vmstat)_\S+ metric names should be written|^node_entropy_\S+ use base unit/.test(
            line,
          ),
      );
    expect({ stdout, faults }).toEqual({ stdout: '', faults: [] });
    expect([0, 3]).toContain(status);
  });

  test("the gateway returns this host's CPU, memory, disk and network with the admin key, and 401 without a key", async () => {
    const url = `${stack.urls.gateway}/api/v1/metrics/current`;
    expect((await fetch(url)).status).toBe(401);
    const authorization = `Bearer ${readFileSync(stack.urls.admin_key_file, 'utf8').trim()}`;
    const wanted = ['cpu.usage.total', 'memory.usage.percent', 'disk.usage.percent', 'network.io.bytes.recv'];
    const body = await eventually({ what: 'current values', limitMs: 60_000, pollMs: 500 }, async () => {
      const text = await (await fetch(url, { headers: { authorization } })).text();
      return wanted.every((name) => text.includes(`"${name}"`)) ? text : undefined;
    });
    expect(JSON.parse(body)).toBeInstanceOf(Object);
  });

  test('a second `up` over the same data directory is refused, and the first keeps running', async () => {
    const { child, output } = spawnUp(['--data-dir', stack.dataDirectory, '--port-offset', '29000']);
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(1);
    expect(output()).toBe(
      `hostpulse up: a stack runs already over ${stack.dataDirectory}, at ${stack.urls.gateway}/; stop it by Ctrl-C where it was started or "kill ${stack.process.pid}", or start another with --data-dir and --port-offset\n`,
    );
    expect(existsSync(join(stack.dataDirectory, 'stack.json'))).toBe(true);
  });

  test('an occupied port is reported in one line, and no component starts', async () => {
    const { child, output } = spawnUp([
      '--data-dir',
      join(stack.dataDirectory, 'other'),
      '--port-offset',
      String(stack.portOffset),
    ]);
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(1);
    expect(output()).toContain(`127.0.0.1:${9_100 + stack.portOffset} (exporter)`);
    expect(output()).not.toContain('ready after');
  });
});

describe('a broken rule file', () => {
  const fault = 'could not parse expression: 1:8: parse error: unclosed left parenthesis';
  const folder = (): string => join(stack.dataDirectory, 'prometheus', 'custom-rules');

  test('is set aside unchanged and logged; Prometheus loads the other files', async () => {
    expect(stack.output()).toContain('a rule file is broken and set aside; Prometheus starts without it');
    expect(stack.output()).toContain(`file=${join(folder(), 'broken.rules.yml')}`);
    expect(stack.output()).toContain(fault);
    expect(stack.output()).toMatch(/^ {2}broken rules {4}\S+broken\.rules\.yml\.set-aside {3}\(repair it/m);
    expect(readFileSync(join(folder(), 'broken.rules.yml.set-aside'), 'utf8')).toBe(brokenRules);
    expect(readFileSync(join(folder(), 'sound.rules.yml'), 'utf8')).toBe(soundRules);
    const { groups } = (await stack.askPrometheus('rules')) as { groups: readonly RuleGroup[] };
    expect(groups.map(({ name }) => name)).toContain('mine');
  });

  test('is shown in the list of rules', async () => {
    const listed = await runCli(['rules', 'list', '--data-dir', stack.dataDirectory]);
    expect(listed).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^custom-rules\/broken\.rules\.yml\.set-aside: .*unclosed left parenthesis; /),
    });
  });

  test('does not prevent the restart of a killed Prometheus', async () => {
    writeFileSync(join(folder(), 'later.rules.yml'), brokenRules);
    const before = stack.parts()['prometheus'] as number;
    process.kill(before, 'SIGKILL');
    await eventually({ what: 'Prometheus ready again', limitMs: 30_000 }, () =>
      stack.output().includes('the component is ready again') ? true : undefined,
    );
    expect(readFileSync(join(folder(), 'later.rules.yml.set-aside'), 'utf8')).toBe(brokenRules);
  });
});

describe('an alert on a real condition', () => {
  const alertname = 'TestManyUdpSockets';

  /** Counts the UDP sockets of IPv4 and IPv6, as the metric does. */
  function countUdpSockets(): number {
    const inUse = (file: string, head: string): number =>
      existsSync(file)
        ? Number(new RegExp(`^${head}: inuse (\\d+)`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0)
        : 0;
    return inUse('/proc/net/sockstat', 'UDP') + inUse('/proc/net/sockstat6', 'UDP6');
  }

  async function makeRule(threshold: number): Promise<Response> {
    const key = readFileSync(stack.urls.admin_key_file, 'utf8').trim();
    const rule = { name: alertname, metric: 'network.connections.udp', operator: '>', threshold, for: '6s' };
    return fetch(`${stack.urls.gateway}/api/v1/alerts/rules`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(rule),
    });
  }

  test('created over HTTP, fires through Prometheus, Alertmanager and the relay into the sink, and resolves', async () => {
    const before = countUdpSockets();
    const made = await makeRule(before + 40);
    expect([made.status, await made.json()]).toEqual([201, expect.objectContaining({ enabled: true })]);
    const sockets = await openUdpSockets(80);
    try {
      const firing = await eventually({ what: 'the firing message', limitMs: 90_000 }, () => webhooksFor(alertname)[0]);
      expect(firing).toMatchObject({
        status: 'firing',
        alert: alertname,
        severity: 'warning',
        metric: 'network.connections.udp',
        unit: 'count',
        threshold: before + 40,
      });
      expect(firing['value']).toBeGreaterThan(before + 40);
    } finally {
      await closeSockets(sockets);
    }
    const resolved = await eventually(
      { what: 'the resolved message', limitMs: 90_000 },
      () => webhooksFor(alertname)[1],
    );
    expect(resolved).toMatchObject({ status: 'resolved', alert: alertname });
    expect(webhooksFor(alertname)).toHaveLength(2);
    expect(resolved['value']).toBeLessThanOrEqual(before + 40);
  }, 200_000);

  test('is in the history with both messages delivered', async () => {
    const authorization = `Bearer ${readFileSync(stack.urls.admin_key_file, 'utf8').trim()}`;
    // The relay records a delivery a moment after the sink has received the message.
    const alert = await eventually({ what: 'both messages recorded as delivered', limitMs: 10_000 }, async () => {
      const response = await fetch(`${stack.urls.gateway}/api/v1/alerts?rule=${alertname}`, {
        headers: { authorization },
      });
      const { alerts } = (await response.json()) as { alerts: readonly RecordedAlert[] };
      expect(alerts).toHaveLength(1);
      return alerts[0]?.notifications.every(({ state }) => state === 'delivered') === true ? alerts[0] : undefined;
    });
    expect(alert).toMatchObject({
      state: 'resolved',
      resolution: 'announced',
      notifications: [
        { channel: 'sink', status: 'firing', state: 'delivered' },
        { channel: 'sink', status: 'resolved', state: 'delivered' },
      ],
    });
  });
});

describe('a component that is killed', () => {
  test.each(partNames)(
    '%s is restarted',
    async (name) => {
      const before = stack.parts()[name] as number;
      process.kill(before, 'SIGKILL');
      await eventually({ what: `${name} restarted`, limitMs: 30_000 }, () => {
        const now = stack.parts()[name];
        return now !== undefined && now !== before ? now : undefined;
      });
      await eventually({ what: `${name} ready again`, limitMs: 30_000 }, async () => {
        const path = name === 'prometheus' ? '/api/v1/query' : '/-/ready';
        const { status } = await fetch(`${stack.urls[name as 'relay']}${path}`);
        return status === 200 || (['alertmanager', 'prometheus'].includes(name) && status === 401) ? true : undefined;
      });
      expect(stack.output()).toMatch(
        new RegExp(`component=${name} delay_ms=\\d+ how="signal SIGKILL".*a component exited`),
      );
    },
    70_000,
  );
});

describe('the supervisor', () => {
  test('takes at most 60 MiB, restarts included', () => {
    const status = readFileSync(`/proc/${stack.process.pid}/status`, 'utf8');
    const rssMiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
    expect(rssMiB).toBeGreaterThan(20);
    expect(rssMiB).toBeLessThanOrEqual(60);
  });

  test('keeps running while the data directory is missing, logs this once, and restarts a component when the directory is back', async () => {
    const [away, before] = [`${stack.dataDirectory}-away`, stack.parts()['exporter'] as number];
    renameSync(stack.dataDirectory, away);
    try {
      process.kill(before, 'SIGKILL');
      const reason = `the data directory ${stack.dataDirectory} is missing; put it back`;
      await eventually({ what: 'the launch is refused', limitMs: 30_000 }, () =>
        stack.output().includes(reason) ? true : undefined,
      );
      expect(existsSync(stack.dataDirectory)).toBe(false);
      expect(stack.output().split('the data directory cannot be written')).toHaveLength(2);
    } finally {
      renameSync(away, stack.dataDirectory);
    }
    await eventually({ what: 'the exporter restarted', limitMs: 60_000 }, () => {
      const now = stack.parts()['exporter'];
      return now !== undefined && now !== before ? now : undefined;
    });
    expect(stack.process.exitCode).toBeNull();
  }, 120_000);
});

describe('Ctrl-C', () => {
  test('stops everything in reverse order and leaves no process, lock or stack.json', async () => {
    const pids = Object.values(stack.parts());
    expect(pids).toHaveLength(partNames.length);
    expect(await stack.stop('SIGINT')).toBe(0);
    expect(pids.map(tryStartTicks)).toEqual(pids.map(() => undefined));
    const stopped = [...stack.output().matchAll(/^(\w+) +stopped$/gm)].map((match) => match[1]);
    expect(stopped).toEqual(['gateway', 'prometheus', 'alertmanager', 'relay', 'exporter']);
    for (const file of ['stack.json', 'up.lock', 'parts.json'])
      expect([file, existsSync(join(stack.dataDirectory, file))]).toEqual([file, false]);
  }, 60_000);
});
