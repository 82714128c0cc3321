/** Rule edits that fail or stall at each step, with a real Prometheus, a real folder and a real database. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { Registry } from 'prom-client';
import {
  createPrometheusConnection,
  type PrometheusCall,
  type PrometheusConnection,
} from '../../common/prometheus/connection.ts';
import { openStore, type Store } from '../../common/store/open.ts';
import { newRule } from '../../ingest-gateway/rules/rule/schema.ts';
import { createRuleService, type RuleService } from '../../ingest-gateway/rules/rule-service.ts';
import { eventually } from '../support/eventually.ts';
import { createLogLines, type LogLines } from '../support/log-lines.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { createRandom } from '../support/random.ts';

/** Called before each request to Prometheus, with the path of the request. */
type Hook = (path: string) => Promise<void> | void;

interface Gateway {
  readonly rules: RuleService;
  readonly log: LogLines;
  onRequest: Hook;
  metric(): Promise<number>;
  stop(): Promise<void>;
}

let root = '';
let folder = '';
let prometheus: TestPrometheus;
let store: Store;
let clockOffsetMs = 0;
const gateways: Gateway[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'hostpulse-rule-edit-'));
  folder = join(root, 'prometheus', 'custom-rules');
  mkdirSync(folder, { recursive: true });
  prometheus = createPrometheus({
    port: await freePort(),
    folder: join(root, 'prometheus'),
    config: { global: { evaluation_interval: '200ms' } },
    ruleFiles: ['custom-rules/*.rules.yml'],
    flags: ['--web.enable-lifecycle'],
  });
  await prometheus.start();
});
afterAll(async () => {
  await prometheus.stop('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});
beforeEach(async () => {
  rmSync(join(root, 'hostpulse.db'), { force: true });
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  await fetch(`${prometheus.url}/-/reload`, { method: 'POST' });
  store = await openStore({ path: join(root, 'hostpulse.db') });
});
afterEach(async () => {
  restoreFolder();
  for (const gateway of gateways.splice(0)) await gateway.stop();
  await store.close();
});

const asked = { by: 'test', ifMatch: undefined, signal: new AbortController().signal };
const ruleOf = (name: string, threshold: number) => newRule.parse({ name, expr: `vector(${threshold}) > 100` });

/** A gateway's rule service over its own connection to the shared database. */
async function startGateway(): Promise<Gateway> {
  const own = await openStore({ path: join(root, 'hostpulse.db') });
  const log = createLogLines();
  const registry = new Registry();
  const bounds = { timeoutMs: 10_000, maxConcurrency: 4, maxAnswerBytes: 1_000_000 };
  const connection = createPrometheusConnection({ name: 'Prometheus', url: prometheus.url, ...bounds });
  const hooked: PrometheusConnection = {
    ...connection,
    async call(call: PrometheusCall) {
      await gateway.onRequest(call.path);
      return connection.call(call);
    },
  };
  const rules = createRuleService({
    db: own.db,
    prometheus: hooked,
    alertmanager: createPrometheusConnection({ name: 'Alertmanager', url: 'http://127.0.0.1:1', ...bounds }),
    registry,
    log: log.log,
    now: () => Date.now() + clockOffsetMs,
    folderPath: folder,
    intervalMs: 200,
    promtoolPath: 'none',
  });
  const gateway: Gateway = {
    rules,
    log,
    onRequest: () => undefined,
    async metric() {
      const gauge = await registry.getSingleMetric('hostpulse_gateway_rules_out_of_sync')?.get();
      return gauge?.values[0]?.value ?? Number.NaN;
    },
    async stop() {
      await rules.stop();
      connection.close();
      await own.close();
    },
  };
  gateways.push(gateway);
  return gateway;
}

/** Name and expression of each rule, in the database, the files and Prometheus. */
async function states() {
  const rows = await store.db.selectFrom('alert_rules').selectAll().orderBy('name').execute();
  const database = rows.map(({ name, definition }) => `${name}: ${(JSON.parse(definition) as { expr: string }).expr}`);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.rules.yml'))
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return `${/alert: "(.*)"/.exec(text)?.[1]}: ${/expr: "(.*)"/.exec(text)?.[1]}`;
    });
  const { groups } = (await prometheus.ask('rules')) as { groups: { rules: { name: string; query: string }[] }[] };
  const loaded = groups.flatMap(({ rules }) => rules.map(({ name, query }) => `${name}: ${query}`));
  const byName = (names: readonly string[]) => [...names].sort((a, b) => (a < b ? -1 : 1));
  return { database, files: byName(files), loaded: byName(loaded) };
}

async function expectInSync(gateway: Gateway, rules: readonly string[]): Promise<void> {
  await eventually({ what: 'the rules are in sync', limitMs: 60_000 }, () =>
    gateway.rules.divergence() === undefined ? true : undefined,
  );
  expect(await states()).toEqual({ database: rules, files: rules, loaded: rules });
  expect(await gateway.metric()).toBe(0);
}

const away = () => `${folder}-away`;

/** The folder is a file until `restoreFolder`: no rule file can be read or written. */
function breakFolder(): void {
  renameSync(folder, away());
  writeFileSync(folder, '');
}

function restoreFolder(): void {
  if (!existsSync(away())) return;
  unlinkSync(folder);
  renameSync(away(), folder);
}

/** Refuses every write of a rule, as a full database does. */
const breakDatabase = () =>
  sql`create trigger refuse before update on alert_rules begin select raise(abort, 'database is full'); end`.execute(
    store.db,
  );
const restoreDatabase = () => sql`drop trigger refuse`.execute(store.db);

/** Runs `fault` once, before the n-th request to that path. */
function once(gateway: Gateway, path: string, n: number, fault: () => Promise<unknown> | void): void {
  let seen = 0;
  gateway.onRequest = async (each) => {
    if (each !== path) return;
    seen += 1;
    if (seen === n) await fault();
  };
}

async function startWithRule(): Promise<{ gateway: Gateway; id: string }> {
  const gateway = await startGateway();
  const { id } = await gateway.rules.create(ruleOf('A', 1), asked);
  return { gateway, id };
}

const original = ['A: vector(1) > 100'];

test('a commit that fails is undone', async () => {
  const { gateway, id } = await startWithRule();
  await breakDatabase();
  await expect(gateway.rules.update(id, ruleOf('A', 2), asked)).rejects.toThrow('database is full');
  expect(gateway.rules.divergence()).toBeUndefined();
  await expectInSync(gateway, original);
});

test('an undo that fails keeps the first error; the rules are repaired in the background', async () => {
  const { gateway, id } = await startWithRule();
  await breakDatabase();
  once(gateway, '/api/v1/rules', 3, breakFolder); // 1: the name, 2: the alerts before, 3: the evaluation
  const error = await gateway.rules.update(id, ruleOf('A', 2), asked).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ message: 'database is full', cause: expect.objectContaining({ code: 'ENOTDIR' }) });
  const divergence = gateway.rules.divergence();
  expect(divergence).toEqual({ sinceMs: expect.any(Number), reason: expect.stringContaining('was not undone') });
  expect(await gateway.metric()).toBe(1);
  expect(await states().catch(() => undefined)).toBeUndefined(); // the folder is a file
  restoreFolder();
  expect(await states()).toEqual({ database: original, files: ['A: vector(2) > 100'], loaded: ['A: vector(2) > 100'] });
  await expectInSync(gateway, original);
  expect(gateway.log.messages('error')).toEqual([
    'a rule change failed and was not undone; the rules are reconciled as soon as possible',
  ]);
});

test('the next edit repairs the rules first', async () => {
  const { gateway, id } = await startWithRule();
  await breakDatabase();
  once(gateway, '/api/v1/rules', 3, breakFolder);
  await expect(gateway.rules.update(id, ruleOf('A', 2), asked)).rejects.toThrow('database is full');
  await expect(gateway.rules.create(ruleOf('B', 1), asked)).rejects.toMatchObject({ status: 503 });
  restoreFolder();
  await restoreDatabase();
  await gateway.rules.create(ruleOf('B', 1), asked);
  expect(gateway.rules.divergence()).toBeUndefined();
  await expectInSync(gateway, [...original, 'B: vector(1) > 100']);
});

test('a Prometheus that stops during the edit is repaired when it is back, also without rules', async () => {
  const gateway = await startGateway();
  once(gateway, '/-/reload', 1, () => prometheus.stop('SIGKILL'));
  try {
    await expect(gateway.rules.create(ruleOf('A', 1), asked)).rejects.toMatchObject({
      status: 503,
      title: expect.stringContaining('Prometheus cannot be reached'),
      extensions: { rollback_error: expect.stringContaining('Prometheus cannot be reached') },
    });
    expect(gateway.rules.divergence()).toBeDefined();
  } finally {
    await prometheus.start();
  }
  await expectInSync(gateway, []);
});

test('a broken file of a user is named, and the edit undone', async () => {
  const { gateway, id } = await startWithRule();
  const path = join(folder, 'user.rules.yml');
  writeFileSync(path, 'groups: [{name: x, rules: [{alert: X, expr: "up =="}]}]');
  await expect(gateway.rules.update(id, ruleOf('A', 2), asked)).rejects.toMatchObject({
    status: 503,
    title: expect.stringContaining('custom-rules/user.rules.yml: groups[0].rules[0].expr'),
  });
  rmSync(path);
  expect(gateway.rules.divergence()).toBeUndefined();
  await expectInSync(gateway, original);
});

/** The requests of an update under the lock: the name, the alerts before, the reload, the evaluation. */
const stalls = [
  ['before the file is written', '/api/v1/rules', 2],
  ['before the reload', '/-/reload', 1],
  ['before the evaluation', '/api/v1/rules', 3],
] as const;

const othersEdits = {
  'changes the same rule': async ({ rules }: Gateway, id: string) => {
    await rules.update(id, ruleOf('A', 3), asked);
    return ['A: vector(3) > 100'];
  },
  'deletes the rule': async ({ rules }: Gateway, id: string) => {
    await rules.remove(id, asked);
    return [];
  },
  'creates another rule': async ({ rules }: Gateway) => {
    await rules.create(ruleOf('B', 1), asked);
    return [...original, 'B: vector(1) > 100'];
  },
};

test.each(
  stalls.flatMap((stall) => Object.entries(othersEdits).map(([name, edit]) => [...stall, name, edit] as const)),
)(
  'a gateway that stalls %s (%s, request %d) stops; meanwhile another gateway %s',
  async (_when, path, n, _name, edit) => {
    const { gateway, id } = await startWithRule();
    const other = await startGateway();
    let expected: readonly string[] = [];
    once(gateway, path, n, async () => {
      clockOffsetMs += 20_000; // longer than the lease
      expected = await edit(other, id);
    });
    await expect(gateway.rules.update(id, ruleOf('A', 2), asked)).rejects.toMatchObject({
      status: 503,
      title: expect.stringContaining('another gateway took over'),
      headers: { 'Retry-After': '5' },
    });
    await expectInSync(gateway, expected);
  },
);

test('random stalls of two gateways: the rules end in sync', async () => {
  const random = createRandom(20_261_128);
  const { gateway, id } = await startWithRule();
  const other = await startGateway();
  for (let round = 0; round < 8; round += 1) {
    const stalledAt = random.below(5);
    let requests = 0;
    let edit: Promise<unknown> = Promise.resolve();
    gateway.onRequest = async () => {
      requests += 1;
      if (requests !== stalledAt + 1) return;
      clockOffsetMs += 20_000;
      edit = other.rules.update(id, ruleOf('A', 50 + round), asked);
      if (random.below(2) === 0) await edit;
    };
    const outcomes = await Promise.allSettled([gateway.rules.update(id, ruleOf('A', round), asked)]);
    outcomes.push(...((await Promise.allSettled([edit])) as typeof outcomes));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect([round, stalledAt, outcome.reason]).toEqual([
          round,
          stalledAt,
          expect.objectContaining({ status: 503 }),
        ]);
    await eventually({ what: `round ${round} ends in sync`, limitMs: 60_000 }, async () => {
      if ([gateway, other].some(({ rules }) => rules.divergence() !== undefined)) return undefined;
      const { database, files, loaded } = await states();
      return new Set([database, files, loaded].map((names) => names.join())).size === 1 ? true : undefined;
    });
  }
});
