/** Checks a rule before anything is written: its channels, its condition in Prometheus, its name. */
import { parser } from '@prometheus-io/lezer-promql';
import { HttpProblem } from '../../../common/http/problem.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { PrometheusError } from '../../../common/prometheus/error.ts';
import { tryRefusal } from '../../../common/prometheus/query.ts';
import { tryRelayChannels } from '../../../common/store/relay-records.ts';
import type { Database } from '../../../common/store/schema.ts';
import type { LoadedGroup } from '../../prometheus/rules-api.ts';
import type { RuleDefinition } from '../rule/schema.ts';
import { conditionOf, groupName } from '../rule/stored-rule.ts';

export interface SyntaxFault {
  readonly message: string;
  /** Line and column count from 1. */
  readonly line: number;
  readonly column: number;
}

/** Returns the first syntax error. Undefined does not mean that the text is valid: Prometheus also checks types and functions. */
export function trySyntaxFault(text: string): SyntaxFault | undefined {
  let at: number | undefined;
  parser.parse(text).iterate({
    enter: ({ type, from }) => {
      if (type.isError) at ??= from;
    },
  });
  if (at === undefined) return undefined;
  const before = text.slice(0, at).split('\n');
  const rest = text.slice(at).trim();
  const got = rest === '' ? 'the end of the text' : JSON.stringify(rest.length > 40 ? `${rest.slice(0, 40)}...` : rest);
  return { message: `not PromQL here: ${got}`, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Returns the problem 422 of a faulty rule: the message of the checker, the member of the rule, and the place in its text. */
export function ruleFault(
  message: string,
  {
    path,
    place,
    cause,
  }: { readonly path: string; readonly place?: Omit<SyntaxFault, 'message'>; readonly cause?: unknown },
): HttpProblem {
  return new HttpProblem(422, message, {
    cause,
    errors: [{ path, message, ...(place === undefined ? {} : { line: place.line, column: place.column }) }],
  });
}

/** Throws an `HttpProblem` 422 if Prometheus cannot evaluate the condition, and a `PrometheusError` if it does not answer. */
export async function checkCondition(
  rule: RuleDefinition,
  { prometheus, signal }: { readonly prometheus: PrometheusConnection; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { expr } = rule;
  const { expression } = conditionOf(rule);
  const evaluate = (text: string): Promise<string> => resultType(prometheus, text, signal);
  if (expr === undefined) {
    await evaluate(expression).catch((thrown: unknown) => {
      throw explain(thrown, rule.matchers.length > 0 ? 'matchers' : 'metric');
    });
    return;
  }
  const fault = trySyntaxFault(expr);
  try {
    // First without a threshold: `a) or (b` is valid PromQL only in the brackets that a threshold adds.
    const type = await evaluate(expr);
    if (type !== 'vector' && type !== 'scalar')
      throw ruleFault(`expected an instant vector or a scalar; the expression is a ${type}`, { path: 'expr' });
    if (expression !== expr.trim()) await evaluate(expression);
  } catch (thrown) {
    const isUnreachable =
      thrown instanceof PrometheusError && thrown.fault !== 'rejected' && thrown.fault !== 'too_large';
    if (fault !== undefined && isUnreachable)
      throw ruleFault(fault.message, { path: 'expr', place: fault, cause: thrown });
    throw explain(thrown, 'expr', fault);
  }
}

async function resultType(
  prometheus: PrometheusConnection,
  query: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const answer = await prometheus.call({
    method: 'POST',
    path: '/api/v1/query',
    parameters: new URLSearchParams({ query }),
    signal,
  });
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const { data } = JSON.parse(answer.body.toString('utf8')) as { readonly data?: { readonly resultType?: string } };
  return data?.resultType ?? 'nothing';
}

/** Turns a refusal by Prometheus into a fault with its place. Prometheus 2 puts the parameter's name before `1:5: parse error: ...`. */
function explain(thrown: unknown, path: string, fault?: SyntaxFault): unknown {
  if (!(thrown instanceof PrometheusError) || (thrown.fault !== 'rejected' && thrown.fault !== 'too_large'))
    return thrown;
  const message = thrown.message.replace(/^invalid parameter ["'“]?query["'”]?: /, '');
  const [, line, column] = /^(\d+):(\d+): parse error/.exec(message) ?? [];
  const place = line === undefined ? fault : { line: Number(line), column: Number(column) };
  const isPlaced = path === 'expr' && place !== undefined;
  return ruleFault(message, { path, cause: thrown, ...(isPlaced ? { place } : {}) });
}

/** Throws an `HttpProblem` 409 if a loaded alerting rule has the name, also one of the default rules or of a user's file. */
export function requireFreeName(
  groups: readonly LoadedGroup[],
  { name, ruleId }: { readonly name: string; readonly ruleId: string | undefined },
): void {
  const own = ruleId === undefined ? undefined : groupName(ruleId);
  const other = groups.find((group) => group.name !== own && group.rules.some((rule) => rule.name === name));
  if (other === undefined) return;
  const file = other.file.split(/[\\/]/).at(-1);
  throw nameTaken(name, `in the group ${other.name} of ${file}`);
}

export function nameTaken(name: string, where: string): HttpProblem {
  return new HttpProblem(409, `an alert ${name} already exists, ${where}`, {
    errors: [{ path: 'name', message: 'expected a name that no other alert has' }],
  });
}

/**
 * Throws an `HttpProblem` 422 that lists the relay's channels if the rule names another one. Accepts every name for a disabled
 * rule, and while no relay has registered its channels.
 */
export async function requireKnownChannels(db: Database, { channels, enabled }: RuleDefinition): Promise<void> {
  if (!enabled || channels.length === 0) return;
  const known = await tryRelayChannels(db);
  if (known === undefined) return;
  const expected = known.length === 0 ? 'none: the relay has no channel' : `one of ${known.join(', ')}`;
  const errors = channels.flatMap((name, at) =>
    name === 'default' || known.includes(name)
      ? []
      : [{ path: `channels[${at}]`, message: `expected ${expected}; got ${JSON.stringify(name)}` }],
  );
  if (errors.length > 0) throw new HttpProblem(422, 'the relay does not have this channel', { errors });
}
