/** Alert rules over HTTP with a real Prometheus and Alertmanager: create, fire, update, delete, and failures that change nothing. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { type RuleStack, startRuleStack, writeUsersFile } from '../support/rule-stack.ts';

let stack: RuleStack;
beforeAll(async () => {
  stack = await startRuleStack();
  for (const name of ['a', 'b']) stack.condition.set(name, 0);
});
afterAll(() => stack.stop());

const rule = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name,
  expr: 'test_condition{condition="a"}',
  operator: '>',
  threshold: 0.5,
  ...more,
});
const post = (body: unknown, query = '') => stack.ask(`/alerts/rules${query}`, { method: 'POST', body });
const remove = (id: unknown) => stack.ask(`/alerts/rules/${String(id)}`, { method: 'DELETE' });

/** Everything that a failed change must not change. */
async function state() {
  return { files: stack.files(), loaded: await stack.loaded(), rules: (await stack.ask('/alerts/rules')).body };
}

/** Removes the members that change with each evaluation. */
function still({ files, loaded, rules }: Awaited<ReturnType<typeof state>>) {
  const listed = (rules['rules'] as Record<string, unknown>[]).map(({ status: _status, ...rest }) => rest);
  return { files, loaded, listed };
}

test('a rule fires with the annotations of a default rule, is resolved by an update, and is deleted', async () => {
  stack.condition.set('a', 1);
  const high = rule('ConditionHigh', { severity: 'critical', channels: ['team'], labels: { team: 'x' } });
  const made = await post(high);
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  const id = String(made.body['id']);
  expect(made.headers.get('location')).toBe(`/api/v1/alerts/rules/${id}`);
  expect(made.headers.get('etag')).toBe('"1"');
  expect(made.body).toMatchObject({
    name: 'ConditionHigh',
    expression: '(test_condition{condition="a"}) > 0.5',
    for: '0s',
    enabled: true,
    revision: 1,
    updated_by: expect.stringMatching(/^key-2/),
    status: { health: 'ok' },
  });
  const active = await eventually({ what: 'Alertmanager has the alert', limitMs: 60_000 }, async () => {
    const { body } = await stack.ask('/alerts/active?filter=alertname%3DConditionHigh');
    return (body['alerts'] as Record<string, unknown>[])[0];
  });
  expect(active).toMatchObject({
    severity: 'critical',
    host: 'web-1',
    labels: {
      alertname: 'ConditionHigh',
      condition: 'a',
      instance: 'web-1',
      job: 'node',
      severity: 'critical',
      team: 'x',
    },
    annotations: {
      summary: 'web-1: ConditionHigh is 1',
      description: 'Above 0.5.',
      value: '1',
      threshold: '0.5',
      expr: 'test_condition{condition="a"}',
      channels: 'team',
    },
  });
  const firing = await stack.ask(`/alerts/rules/${id}`);
  expect(firing.body).toMatchObject({
    status: { state: 'firing', alerts: [{ state: 'firing', host: 'web-1', value: 1 }] },
  });

  const edited = await stack.ask(`/alerts/rules/${id}`, {
    method: 'PUT',
    body: { ...high, threshold: 2 },
  });
  expect([edited.status, edited.headers.get('etag')]).toEqual([200, '"2"']);
  expect(edited.body).toMatchObject({ threshold: 2, status: { state: 'inactive' } });
  await eventually({ what: 'the alert has ended', limitMs: 60_000 }, async () => {
    const { body } = await stack.ask('/alerts/active?filter=alertname%3DConditionHigh');
    return (body['alerts'] as unknown[]).length === 0 ? true : undefined;
  });

  expect((await remove(id)).status).toBe(204);
  expect((await stack.ask(`/alerts/rules/${id}`)).status).toBe(404);
  expect((await remove(id)).status).toBe(404);
  expect(stack.files()).toEqual([]);
  expect(await stack.loaded()).toEqual([['ByDefault', 'test_condition > 100']]);
});

test('a rule for a catalogue metric with hosts and labels; disabled, it is only in the database', async () => {
  const body = {
    name: 'RootFull',
    metric: 'disk.usage.percent',
    operator: '>=',
    threshold: 85,
    for: 300,
    hosts: ['web-1', 'db.2'],
    matchers: [{ name: 'mountpoint', value: '/|/var', isRegex: true }],
    annotations: { runbook_url: 'https://example.com/{{ $labels.instance }}' },
  };
  const { status, body: made } = await post(body);
  expect(status).toBe(201);
  expect(made).toMatchObject({
    metric: 'disk.usage.percent',
    unit: 'percent',
    for: '5m',
    status: { state: 'inactive', health: 'ok' },
  });
  expect(made['expression']).toContain('instance=~"web-1|db\\\\.2",mountpoint=~"/|/var"');
  const loaded = (await stack.prometheus.ask('rules')) as { groups: { rules: Record<string, unknown>[] }[] };
  const found = loaded.groups.flatMap(({ rules }) => rules).find(({ name }) => name === 'RootFull');
  expect(found).toMatchObject({
    duration: 300,
    labels: { severity: 'warning', metric: 'disk.usage.percent' },
    annotations: {
      summary:
        '{{ with $labels.instance }}{{ . }}: {{ end }}disk.usage.percent of {{ $labels.mountpoint }} is {{ if and (gt $value -999.5) (lt $value 999.5) }}{{ $value | printf "%.3g" }}{{ else if lt $value 1e15 }}{{ $value | printf "%.0f" }}{{ else }}{{ $value }}{{ end }} %',
      description: 'At least 85 % for 5m.',
      threshold: '85',
      unit: 'percent',
      channels: 'default',
      runbook_url: 'https://example.com/{{ $labels.instance }}',
    },
  });
  const path = `/alerts/rules/${String(made['id'])}`;
  const disabled = await stack.ask(path, { method: 'PUT', body: { ...body, enabled: false } });
  expect([disabled.status, disabled.body['enabled'], disabled.body['status']]).toEqual([200, false, undefined]);
  expect(stack.files()).toEqual([]);
  expect((await stack.ask(path, { method: 'PUT', body })).status).toBe(200);
  expect(stack.files().map(([name]) => name)).toEqual([`${String(made['id'])}.rules.yml`]);
  expect((await remove(made['id'])).status).toBe(204);
});

describe('alerts that Prometheus drops with a change are resolved in Alertmanager at once', () => {
  const activeLabels = async (): Promise<readonly Record<string, string>[]> => {
    const { body } = await stack.ask('/alerts/active?filter=alertname%3DForgotten');
    return (body['alerts'] as { labels: Record<string, string> }[]).map(({ labels }) => labels);
  };

  /** Creates a rule that fires for both conditions, and waits until Alertmanager has its alerts. */
  async function startFiring(): Promise<string> {
    for (const name of ['a', 'b']) stack.condition.set(name, 1);
    const made = await post(rule('Forgotten', { expr: 'test_condition{condition=~"a|b"}' }));
    expect(made.status).toBe(201);
    await eventually({ what: 'Alertmanager has both', limitMs: 60_000 }, async () =>
      (await activeLabels()).length === 2 ? true : undefined,
    );
    return String(made.body['id']);
  }

  test('a deleted rule', async () => {
    expect((await remove(await startFiring())).status).toBe(204);
    expect(await activeLabels()).toEqual([]);
  });

  test('a rule with other labels: alerts with the old labels are resolved', async () => {
    const id = await startFiring();
    const changed = rule('Forgotten', { expr: 'test_condition{condition=~"a|b"}', severity: 'critical' });
    expect((await stack.ask(`/alerts/rules/${id}`, { method: 'PUT', body: changed })).status).toBe(200);
    expect((await activeLabels()).filter(({ severity }) => severity === 'warning')).toEqual([]);
    await eventually({ what: 'Alertmanager has the new ones', limitMs: 60_000 }, async () =>
      (await activeLabels()).length === 2 ? true : undefined,
    );
    expect((await remove(id)).status).toBe(204);
  });

  test('alerts whose labels are the same keep firing', async () => {
    const id = await startFiring();
    const same = rule('Forgotten', { expr: 'test_condition{condition=~"a|b"}', threshold: 0.4 });
    expect((await stack.ask(`/alerts/rules/${id}`, { method: 'PUT', body: same })).status).toBe(200);
    expect(await activeLabels()).toHaveLength(2);
    expect((await remove(id)).status).toBe(204);
    for (const name of ['a', 'b']) stack.condition.set(name, 0);
  });
});

describe('a failed change leaves file, database and Prometheus unchanged', () => {
  let id = '';
  let before: ReturnType<typeof still>;
  beforeAll(async () => {
    id = String((await post(rule('Kept'))).body['id']);
    before = still(await state());
  });
  afterAll(() => remove(id));

  async function expectAsBefore(): Promise<void> {
    expect(still(await state())).toEqual(before);
  }

  test.each([
    [
      'an open bracket',
      { expr: 'sum(test_condition' },
      { path: 'expr', line: 1, column: 19 },
      /unclosed left parenthesis/,
    ],
    [
      'two lines',
      { expr: 'test_condition\n  + ) 1' },
      { path: 'expr', line: 2, column: expect.any(Number) },
      /parse error/,
    ],
    ['brackets that only the threshold closes', { expr: 'a) or (b' }, { path: 'expr', line: 1 }, /parse error/],
    ['a range', { expr: 'test_condition[5m]', operator: undefined, threshold: undefined }, { path: 'expr' }, /matrix/],
    ['a text', { expr: '"a"', operator: undefined, threshold: undefined }, { path: 'expr' }, /string/],
    ['no such function', { expr: 'mean(test_condition)' }, { path: 'expr', line: 1, column: 1 }, /unknown function/],
    [
      'alerts that the labels make the same',
      { expr: 'test_condition', operator: '>=', threshold: 0, labels: { condition: 'one' } },
      { path: 'expr' },
      /same labelset/,
    ],
    [
      'a template of an annotation',
      { annotations: { summary: '{{ nothing }}' } },
      { path: 'annotations.summary' },
      /nothing/,
    ],
    ['a template of a label', { labels: { team: '{{ .Bad' } }, { path: 'labels.team' }, /./],
  ])('%s', async (_what, more, error, words) => {
    for (const [method, path, name] of [
      ['POST', '/alerts/rules', 'Other'],
      ['PUT', `/alerts/rules/${id}`, 'Kept'],
    ] as const) {
      const { status, body } = await stack.ask(path, { method, body: rule(name, more) });
      expect([status, body]).toEqual([422, expect.anything()]);
      const [first] = body['errors'] as Record<string, unknown>[];
      expect(first).toMatchObject(error);
      expect(first?.['message']).toMatch(words);
      await expectAsBefore();
    }
  });

  test('the name of another rule, of a default rule, or of a rule in a file of a user', async () => {
    const undo = writeUsersFile(stack, 'mine.rules.yml', 'groups: [{name: mine, rules: [{alert: Mine, expr: up}]}]\n');
    try {
      await fetch(`${stack.prometheus.url}/-/reload`, { method: 'POST' });
      for (const [name, words] of [
        ['Kept', `with the id ${id}`],
        ['ByDefault', 'in the group default of default.yml'],
        ['Mine', 'in the group mine of mine.rules.yml'],
      ] as const) {
        const { status, body } = await post(rule(name));
        expect([status, body['title']]).toEqual([409, `an alert ${name} already exists, ${words}`]);
      }
    } finally {
      undo();
      await fetch(`${stack.prometheus.url}/-/reload`, { method: 'POST' });
    }
    await expectAsBefore();
  });

  test('another broken file: 503 with its name, and the file is not touched', async () => {
    const text = 'groups: [{name: mine, rules: [{alert: Mine, expr: "up ==="}]}]\n';
    const undo = writeUsersFile(stack, 'mine.rules.yml', text);
    try {
      for (const [method, path, body] of [
        ['POST', '/alerts/rules', rule('Other')],
        ['PUT', `/alerts/rules/${id}`, rule('Kept', { threshold: 9 })],
        ['DELETE', `/alerts/rules/${id}`, undefined],
      ] as const) {
        const answer = await stack.ask(path, { method, ...(body === undefined ? {} : { body }) });
        expect([answer.status, answer.body['title']]).toEqual([
          503,
          expect.stringMatching(
            /^nothing was changed: another rule file is broken: custom-rules\/mine\.rules\.yml: .*parse error/,
          ),
        ]);
        expect(still(await state())).toEqual({ ...before, files: [['mine.rules.yml', text], ...before.files] });
      }
    } finally {
      undo();
    }
    expect((await stack.ask(`/alerts/rules/${id}`, { method: 'PUT', body: rule('Kept') })).status).toBe(200);
    before = still(await state());
  });

  test('invalid members', async () => {
    expect((await post({ name: '1', metric: 'x' })).status).toBe(400);
    await expectAsBefore();
  });

  test('an old revision', async () => {
    const put = (ifMatch: string) =>
      stack.ask(`/alerts/rules/${id}`, { method: 'PUT', body: rule('Kept'), headers: { 'if-match': ifMatch } });
    const { revision } = (await stack.ask(`/alerts/rules/${id}`)).body as { revision: number };
    for (const tag of [`"${revision - 1}"`, `W/"${revision}"`, 'x'])
      expect([tag, (await put(tag)).status]).toEqual([tag, 412]);
    const stale = await stack.ask(`/alerts/rules/${id}`, { method: 'DELETE', headers: { 'if-match': '"99"' } });
    expect(stale.status).toBe(412);
    await expectAsBefore();
    expect((await put(`"7", "${revision}"`)).headers.get('etag')).toBe(`"${revision + 1}"`);
    expect((await put('*')).headers.get('etag')).toBe(`"${revision + 2}"`);
    before = still(await state());
  });

  test('without Prometheus: 503 for changes, and rules can be read', async () => {
    await stack.prometheus.stop('SIGKILL');
    try {
      for (const [method, path, body] of [
        ['POST', '/alerts/rules', rule('Other')],
        ['PUT', `/alerts/rules/${id}`, rule('Kept', { threshold: 9 })],
        ['DELETE', `/alerts/rules/${id}`, undefined],
      ] as const) {
        const answer = await stack.ask(path, { method, ...(body === undefined ? {} : { body }) });
        expect([answer.status, answer.body['title']]).toEqual([503, 'Prometheus cannot be reached (ECONNREFUSED)']);
        expect(stack.files()).toEqual(before.files);
      }
      const broken = await post(rule('Other', { expr: 'sum(up' }));
      expect([broken.status, broken.body['errors']]).toEqual([
        422,
        [{ path: 'expr', message: 'not PromQL here: the end of the text', line: 1, column: 7 }],
      ]);
      const shown = await stack.ask(`/alerts/rules/${id}`);
      expect([shown.status, shown.body['name'], shown.body['status']]).toEqual([200, 'Kept', undefined]);
    } finally {
      await stack.prometheus.start();
    }
    await expectAsBefore();
  });
});

test('concurrent changes through two gateways run one after the other', async () => {
  const names = ['A', 'B', 'C', 'D', 'E'].map((letter) => `Concurrent${letter}`);
  const second = await stack.startSecond();
  const key = await second.createKey({ scopes: ['admin'] });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const postToSecond = async (name: string) => {
    const response = await second.fetch('/api/v1/alerts/rules', {
      method: 'POST',
      headers,
      body: JSON.stringify(rule(name)),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const made = await Promise.all(
    [...names, 'ConcurrentA'].map((name, at) => (at % 2 === 0 ? post(rule(name)) : postToSecond(name))),
  );
  await second.stop();
  expect(made.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 201, 201, 201, 201, 409]);
  const ids = made.filter(({ status }) => status === 201).map(({ body }) => String(body['id']));
  const [first = ''] = ids;
  const edits = await Promise.all(
    [1, 2, 3].map((threshold) =>
      stack.ask(`/alerts/rules/${first}`, {
        method: 'PUT',
        body: rule('ConcurrentA', { threshold }),
        headers: { 'if-match': '"1"' },
      }),
    ),
  );
  expect(edits.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 412, 412]);
  expect((await stack.loaded()).map(([name]) => name)).toEqual(['ByDefault', ...names]);
  const listed = (await stack.ask('/alerts/rules')).body['rules'] as { name: string }[];
  expect(listed.map(({ name }) => name)).toEqual(names);
  await Promise.all(ids.map(remove));
  expect(stack.files()).toEqual([]);
});

test('a dry run returns how often the rule would have fired, and writes nothing', async () => {
  stack.condition.set('dry', 1);
  const tried = rule('Dry', { expr: 'test_condition{condition="dry"}' });
  const fired = await eventually({ what: 'the dry run sees the condition', limitMs: 60_000 }, async () => {
    const { status, body } = await post(tried, '?dry_run=true');
    expect(status).toBe(200);
    return body['fired'] === 0 ? undefined : body;
  });
  expect(fired).toMatchObject({
    name: 'Dry',
    fired: 1,
    hosts: ['web-1'],
    step_seconds: 15,
    alerts: [
      {
        host: 'web-1',
        labels: { condition: 'dry', instance: 'web-1', job: 'node' },
        episodes: [{ starts_at: expect.any(String) }],
      },
    ],
  });
  const absent = 'test_condition{condition="dry"} > on () group_left () max(nobody_has_this{a="b"} offset 1m)';
  const { data } = (await post({ ...tried, expr: absent }, '?dry_run=true')).body as { data: { from: string }[] };
  expect(data).toEqual([
    { selector: 'test_condition{condition="dry"}', from: expect.any(String) },
    { selector: 'nobody_has_this{a="b"}' },
  ]);
  const ageMs = Date.now() - Date.parse(data[0]?.from ?? '');
  expect(ageMs).toBeGreaterThan(0);
  expect(ageMs).toBeLessThan(90_000); // the target's value was set at the start of this test
  expect((await post({ ...tried, for: '1h' }, '?dry_run=true')).body).toMatchObject({
    fired: 0,
    hosts: [],
    alerts: [],
  });
  expect((await post({ ...tried, expr: 'sum(' }, '?dry_run=true')).status).toBe(422);
  expect((await post({ ...tried, name: 'ByDefault' }, '?dry_run=true')).status).toBe(409);
  expect(stack.files()).toEqual([]);
});
