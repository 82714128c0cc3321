/**
 * `npm run test:stack`: runs the stack for seven minutes and checks every recorded series that this host can have, at both
 * tiers, and the health of every rule. Ends with `N passed, N failed`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CatalogueMetric, metrics, operationsOf, recordingName } from '../../common/catalogue/metrics.ts';
import { currentExpression } from '../../common/catalogue/promql.ts';
import { recordedTierNames } from '../../common/catalogue/tiers.ts';
import { type RunningStack, startStack } from '../support/stack.ts';

/** Longer than one 5-minute window, so that every rule has recorded at least once; rules lag 15 s. */
const runMs = 7 * 60_000;

interface QueryResult {
  readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[];
}

interface RuleGroups {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly name: string; readonly health: string }[];
  }[];
}

async function labelSets(stack: RunningStack, query: string): Promise<readonly string[]> {
  const { result } = (await stack.askPrometheus(`query?query=${encodeURIComponent(query)}`)) as QueryResult;
  return result.map(({ metric }) => renderLabels(metric)).sort();
}

function renderLabels(series: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(series).filter(([name]) => name !== '__name__');
  return pairs
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(', ');
}

/** Every Linux server has all metrics, except that a host without swap has no swap usage. */
async function expectedMetrics(stack: RunningStack): Promise<readonly CatalogueMetric[]> {
  const hasSwap = (await labelSets(stack, 'node_memory_SwapTotal_bytes > 0')).length > 0;
  return metrics.filter(({ name }) => hasSwap || name !== 'swap.usage.percent');
}

/** Returns the fault of a recorded series; undefined when the series has the label sets of the metric. */
async function tryFault(stack: RunningStack, name: string, wanted: readonly string[]): Promise<string | undefined> {
  if (wanted.length === 0) return `${name}: the host exports nothing to record it from`;
  const found = await labelSets(stack, `last_over_time(${name}[10m])`);
  const missing = wanted.filter((labels) => !found.includes(labels));
  return missing.length === 0
    ? undefined
    : `${name}: ${missing.length} of ${wanted.length} series missing, such as ${missing[0]}`;
}

async function check(stack: RunningStack): Promise<{ readonly passed: number; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  let passed = 0;
  const judge = (fault: string | undefined): void => {
    if (fault === undefined) passed += 1;
    else faults.push(fault);
  };
  for (const metric of await expectedMetrics(stack)) {
    const wanted = await labelSets(stack, currentExpression(metric));
    for (const tier of recordedTierNames) {
      for (const operation of operationsOf(metric))
        judge(await tryFault(stack, recordingName(metric, operation, tier), wanted));
    }
  }
  const { groups } = (await stack.askPrometheus('rules')) as RuleGroups;
  for (const { name, rules } of groups) {
    for (const rule of rules) judge(rule.health === 'ok' ? undefined : `rule ${rule.name} of ${name}: ${rule.health}`);
  }
  return { passed, faults };
}

const stack = await startStack({ relayConfig: '' });
try {
  process.stdout.write(`all components ready; recording for ${runMs / 60_000} minutes\n`);
  await sleep(runMs);
  const { passed, faults } = await check(stack);
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  process.stdout.write(`${passed} passed, ${faults.length} failed\n`);
  process.exitCode = faults.length === 0 && passed > metrics.length ? 0 : 1;
} finally {
  await stack.remove();
}
