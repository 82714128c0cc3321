/** Export requests as samples: what a null means, what one bad point costs, scopes, ends, and resources without a host. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { HttpProblem } from '../../../common/http/problem.ts';
import { createRejections, type Rejections } from '../../../ingest-gateway/ingest/sample-checks.ts';
import { createKnownParts } from '../../../ingest-gateway/otlp/known-parts.ts';
import { readJsonRequest } from '../../../ingest-gateway/otlp/request/read-json.ts';
import { createScopes } from '../../../ingest-gateway/otlp/scopes.ts';
import { type Translation, translate } from '../../../ingest-gateway/otlp/translate.ts';
import { readWriteRequest } from '../../../ingest-gateway/remote-write/read.ts';
import { seriesGate } from '../../support/series-gate.ts';

const nowMs = 1_795_395_685_000;
const timeUnixNano = `${nowMs}000000`;

let memory = { scopes: createScopes(), parts: createKnownParts() };
let rejections: Rejections;
beforeEach(() => {
  memory = { scopes: createScopes(), parts: createKnownParts() };
});

function take(resourceMetrics: unknown, boundHost?: string): Translation {
  rejections = createRejections();
  return translate(readJsonRequest(JSON.stringify({ resourceMetrics })), {
    boundHost,
    requireHost(host) {
      if (boundHost !== undefined && host !== boundHost) throw new HttpProblem(403, 'another host');
    },
    isScraped: (job, instance) => job === 'relay' && instance === 'server',
    memory,
    ...seriesGate(),
    rejections,
    nowMs,
  });
}

/** The stored series as text; `stale` for a marker. */
function stored({ batches }: Translation): string[] {
  return batches.finish().flatMap(({ plain }) =>
    readWriteRequest(plain).flatMap(({ labels, samples }) => {
      const { __name__: name, ...others } = Object.fromEntries(labels);
      const shown = Object.entries(others).map(([label, value]) => `${label}=${value}`);
      return samples.map(({ value, isStale }) => `${name}{${shown.join(',')}} ${isStale ? 'stale' : value}`);
    }),
  );
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const shop = { attributes: [text('service.name', 'shop'), text('service.instance.id', 'i')] };
const at = 'instance=i,job=shop';
const one = (metric: object, resource: unknown = shop, scope?: unknown) => [
  { resource, scopeMetrics: [{ scope, metrics: [metric] }] },
];
const point = (extra: object = {}) => ({ timeUnixNano, asDouble: 1, ...extra });
const gauge = (...dataPoints: readonly unknown[]) => ({ name: 'm', gauge: { dataPoints } });

describe('null is unset, in every place', () => {
  test.each([
    ['a unit', { ...gauge(point()), unit: null, description: null, metadata: null }],
    ['other kinds', { ...gauge(point()), sum: null, histogram: null, summary: null, exponentialHistogram: null }],
    ['flags, exemplars, start', gauge(point({ flags: null, exemplars: null, startTimeUnixNano: null, asInt: null }))],
    ['the other value', gauge({ timeUnixNano, asDouble: null, asInt: '1' })],
    ['attributes', gauge(point({ attributes: null }))],
    ['an attribute', gauge(point({ attributes: [null, { key: null, value: null }] }))],
    ['an attribute without a value', gauge(point({ attributes: [{ key: 'a', value: { doubleValue: null } }] }))],
    ['an entry of a list', gauge(null, point())],
    [
      'a later kind',
      { name: 'm', gauge: null, sum: { aggregationTemporality: 2, isMonotonic: null, dataPoints: [point()] } },
    ],
  ])('%s', (_, metric) => {
    expect(stored(take(one(metric)))).toEqual([`m{${at}} 1`]);
    expect(rejections.total()).toBe(0);
  });

  test('lists, scopes and resources', () => {
    const metrics = [null, gauge(point())];
    const found = take([
      null,
      { resource: null, scopeMetrics: null, schemaUrl: null },
      { resource: shop, scopeMetrics: [null, { scope: null, metrics: null }, { scope: { name: null }, metrics }] },
      { resource: { attributes: null }, scopeMetrics: [{ metrics: [{ name: 'empty', gauge: { dataPoints: null } }] }] },
    ]);
    expect(stored(found)).toEqual([`m{${at}} 1`]);
    expect(take(null).batches.samples).toBe(0);
  });

  test('members of a one-of that are null', () => {
    const attributes = [{ key: 'a', value: { stringValue: null, intValue: '5', arrayValue: null } }];
    expect(stored(take(one(gauge(point({ attributes })))))).toEqual([`m{a=5,${at}} 1`]);
  });

  test('parts of a histogram', () => {
    const data = {
      timeUnixNano,
      count: '3',
      sum: null,
      min: null,
      max: null,
      explicitBounds: [1],
      bucketCounts: ['1', 2],
    };
    const metric = { name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [data] } };
    expect(stored(take(one(metric)))).toEqual([
      `h_count{${at}} 3`,
      `h_bucket{${at},le=1} 1`,
      `h_bucket{${at},le=+Inf} 3`,
    ]);
  });
});

test('numbers may be texts, names may be the original ones, and unknown members are ignored', () => {
  const dataPoints = [{ time_unix_nano: timeUnixNano, as_double: '1', flags: '0', x: 1 }];
  const metrics = [
    { name: 'm', sum: { aggregation_temporality: '2', is_monotonic: 'false', data_points: dataPoints } },
  ];
  expect(stored(take([{ resource: shop, scope_metrics: [{ metrics }] }]))).toEqual([`m{${at}} 1`]);
});

describe('a fault costs its own part', () => {
  test.each([
    ['a value', { asDouble: 'x' }, 'dataPoints[1]: expected a number'],
    ['an attribute', { attributes: [{ key: 5 }] }, 'dataPoints[1].attributes[0].key: expected a text'],
    ['a lone surrogate', { attributes: [text('a', '\ud800')] }, 'attributes[0].value: expected well-formed Unicode'],
    ['a time', { timeUnixNano: 'yesterday' }, 'dataPoints[1].timeUnixNano: expected a whole number'],
    [
      'milliseconds',
      { timeUnixNano: `${nowMs}` },
      'expected nanoseconds since the epoch; this looks like milliseconds',
    ],
    ['seconds', { timeUnixNano: `${nowMs / 1_000}` }, 'this looks like seconds'],
  ])('%s of a point', (_, extra, message) => {
    const found = take(one(gauge(point(), point(extra), point({ attributes: [text('b', 'c')] }))));
    expect(stored(found)).toEqual([`m{${at}} 1`, `m{b=c,${at}} 1`]);
    expect(rejections.first).toMatchObject([{ message: expect.stringContaining(message) }]);
    expect(rejections.total()).toBe(1);
  });

  test.each([
    ['metric', one({ name: 5, gauge: { dataPoints: [point()] } })],
    ['scope', [{ resource: shop, scopeMetrics: [{ scope: 5, metrics: [gauge(point())] }] }]],
    ['list of metrics', [{ resource: shop, scopeMetrics: [{ metrics: {} }] }]],
    ['resource', one(gauge(point()), { attributes: {} })],
    ['entry', [5]],
  ])('a %s', (_, broken) => {
    const found = take([...broken, ...one({ ...gauge(point()), name: 'good' })]);
    expect(stored(found)).toEqual([`good{${at}} 1`]);
    expect([found.unreadable, rejections.total()]).toEqual([1, 1]);
  });

  test('a resource of another host than that of the key', () => {
    const found = take(
      [...one(gauge(point())), ...one(gauge(point()), { attributes: [text('host.name', 'own')] })],
      'own',
    );
    expect(stored(found)).toEqual(['m{instance=own,job=unknown_service} 1']);
    expect(found.forbidden?.status).toBe(403);
  });
});

describe('the instance', () => {
  const named = (...attributes: readonly object[]) => one(gauge(point()), { attributes });
  test.each([
    [
      'service.instance.id first',
      named(text('host.name', 'h'), text('service.instance.id', 'i')),
      undefined,
      'instance=i,job=unknown_service',
    ],
    ['host.name', named(text('host.name', 'h')), undefined, 'instance=h,job=unknown_service'],
    ['the host of the key', named(text('service.name', 's')), 'own', 'instance=own,job=s'],
    ['none', named(text('service.name', 's')), undefined, 'job=s'],
    ['a text that no label can have', named(text('host.name', 'x'.repeat(1_025))), undefined, 'job=unknown_service'],
  ])('%s', (_, request, boundHost, labels) => {
    const found = take(request, boundHost);
    expect(stored(found).filter((series) => series.startsWith('m{'))).toEqual([`m{${labels}} 1`]);
    for (const { isOfPrograms } of found.batches.finish()) expect(isOfPrograms).toBe(true);
  });

  test('only the job of hosts makes a host', () => {
    const found = take(named(text('service.name', 'node'), text('host.name', 'web-1')));
    expect(found.batches.finish()).toMatchObject([{ host: 'web-1', isOfPrograms: false }]);
  });
});

describe('attributes', () => {
  const given = (attributes: Readonly<Record<string, string>>) =>
    Object.entries(attributes).map(([key, value]) => text(key, value));
  test.each([
    ['that map to one label are joined', { 'a.b': 'x', 'a-b': 'y' }, 'a_b=y;x'],
    ['that map to one label with equal values are one', { 'a.b': 'x', 'a-b': 'x', a_b: 'x' }, 'a_b=x'],
    ['keep the order of the first of equal values', { 'a-b': 'x', 'a.b': 'y', a_b: 'x' }, 'a_b=x;y'],
    ['with semicolons are compared whole', { 'a-b': 'x;y', 'a.b': 'y' }, 'a_b=x;y;y'],
    ['named as labels of the target', { job: 'nightly', instance: '7' }, 'exported_instance=7,exported_job=nightly'],
    ['named as a moved one join it', { job: 'x', exported_job: 'y' }, 'exported_job=y;x'],
    ['le and quantile of a number are kept', { le: '1', quantile: '2' }, 'le=1,quantile=2'],
  ])('%s', (_, attributes, labels) => {
    const found = stored(take(one(gauge(point({ attributes: given(attributes) })))));
    const sorted = [...labels.split(','), ...at.split(',')].sort().join(',');
    expect([found, rejections.total()]).toEqual([[`m{${sorted}} 1`], 0]);
  });

  test('le of histograms differs from their bound, quantile of summaries from theirs', () => {
    const histogram = (le: string) => ({
      timeUnixNano,
      count: '1',
      bucketCounts: ['1', '0'],
      explicitBounds: [5],
      attributes: [text('le', le)],
    });
    const bounds = {
      name: 'h',
      histogram: { aggregationTemporality: 2, dataPoints: [histogram('a'), histogram('b')] },
    };
    expect(stored(take(one(bounds)))).toEqual(
      ['a', 'b'].flatMap((le) => [
        `h_count{exported_le=${le},${at}} 1`,
        `h_bucket{exported_le=${le},${at},le=5} 1`,
        `h_bucket{exported_le=${le},${at},le=+Inf} 1`,
      ]),
    );
    const quantileValues = [{ quantile: 0.5, value: 1 }];
    const dataPoints = [
      { timeUnixNano, count: '1', sum: 2, quantileValues, attributes: [text('quantile', 'a')] },
      { timeUnixNano, count: '1', sum: 2, quantileValues, attributes: [text('quantile', 'b')] },
    ];
    expect(stored(take(one({ name: 's', summary: { dataPoints } })))).toContain(
      `s{exported_quantile=b,${at},quantile=0.5} 1`,
    );
    expect(rejections.total()).toBe(0);
  });

  test('of the resource', () => {
    const resource = { attributes: [...shop.attributes, text('job', 'nightly')] };
    expect(stored(take(one(gauge(point()), resource)))).toEqual([
      `m{${at}} 1`,
      `target_info{exported_job=nightly,${at}} 1`,
    ]);
  });
});

describe('reserved series', () => {
  test.each([
    ['up', 'prometheus', 'own', 1],
    ['ALERTS', 'shop', 'own', 1],
    ['instance:cpu:1m', 'shop', 'own', 1],
    ['instance:cpu:1m', 'shop', undefined, 0],
    ['up', 'prometheus', undefined, 0],
  ])('%s of the job %s from a key bound to %j', (name, job, boundHost, rejected) => {
    take(one({ ...gauge(point()), name }, { attributes: [text('service.name', job)] }), boundHost);
    expect(rejections.byReason.get('reserved') ?? 0).toBe(rejected);
  });

  test('a target that Prometheus scrapes', () => {
    take(
      one(
        { ...gauge(point()), name: 'up' },
        { attributes: [text('service.name', 'relay'), text('host.name', 'server')] },
      ),
    );
    expect(rejections.byReason).toEqual(new Map([['scraped', 1]]));
  });
});

describe('scopes', () => {
  const of = (name: string, asInt: string, version = '1') => ({
    scope: { name, version },
    metrics: [{ name: 'm', gauge: { dataPoints: [{ timeUnixNano, asInt }] } }],
  });
  const labelled = (name: string, version = '1') => `otel_scope_name=${name},otel_scope_version=${version}`;

  test('one scope adds no labels, under a new version neither', () => {
    expect(stored(take([{ resource: shop, scopeMetrics: [of('a', '1')] }]))).toEqual([`m{${at}} 1`]);
    expect(stored(take([{ resource: shop, scopeMetrics: [of('a', '1', '2')] }]))).toEqual([`m{${at}} 1`]);
  });

  test('two scopes with one metric are kept apart by name and version', () => {
    const scopeMetrics = [of('a', '1'), of('b', '2'), of('b', '3', '2'), { metrics: of('', '4').metrics }];
    expect(stored(take([{ resource: shop, scopeMetrics }]))).toEqual([
      `m{${at},${labelled('a')}} 1`,
      `m{${at},${labelled('b')}} 2`,
      `m{${at},${labelled('b', '2')}} 3`,
      `m{${at}} 4`,
    ]);
    expect(rejections.total()).toBe(0);
  });

  test('in separate requests', () => {
    take([{ resource: shop, scopeMetrics: [of('a', '1')] }]);
    expect(stored(take([{ resource: shop, scopeMetrics: [of('b', '2')] }]))).toEqual([`m{${at},${labelled('b')}} 2`]);
  });
});

describe('the end of', () => {
  const end = { timeUnixNano, flags: 1 };

  test('a number', () => {
    expect(stored(take(one(gauge(end))))).toEqual([`m{${at}} stale`]);
  });

  test.each([
    ['without bounds', end],
    ['with its bounds', { ...end, count: '0', bucketCounts: ['0', '0', '0'], explicitBounds: [1, 2] }],
    ['with buckets that do not fit', { ...end, bucketCounts: ['0'], explicitBounds: [1, 2] }],
  ])('a histogram %s ends all its series', (_, last) => {
    const histogram = (data: object) =>
      one({ name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [data] } });
    take(histogram({ timeUnixNano, count: '2', sum: 3, bucketCounts: ['1', '1', '0'], explicitBounds: [1, 2] }));
    expect(stored(take(histogram(last))).sort()).toEqual(
      [
        `h_bucket{${at},le=+Inf} stale`,
        `h_bucket{${at},le=1} stale`,
        `h_bucket{${at},le=2} stale`,
        `h_count{${at}} stale`,
        `h_sum{${at}} stale`,
      ].sort(),
    );
  });

  test('a summary', () => {
    const summary = (data: object) => one({ name: 's', summary: { dataPoints: [data] } });
    take(summary({ timeUnixNano, count: '2', sum: 3, quantileValues: [{ quantile: 0.5, value: 1 }] }));
    expect(stored(take(summary(end))).sort()).toEqual(
      [`s_count{${at}} stale`, `s_sum{${at}} stale`, `s{${at},quantile=0.5} stale`].sort(),
    );
  });
});
