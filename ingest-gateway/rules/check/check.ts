/** A rule asked of Prometheus before anything is written. */
import { HttpProblem } from '../../../common/http/problem.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { PrometheusError } from '../../../common/prometheus/error.ts';
import { tryRefusal } from '../../../common/prometheus/query.ts';
import type { LoadedGroup } from '../../prometheus/rules-api.ts';
import { conditionOf } from '../condition.ts';
import { groupName } from '../edit/rule-text.ts';
import type { RuleDefinition } from '../schema.ts';
import { type SyntaxFault, trySyntaxFault } from './syntax.ts';

/** The rule's own fault: 422 in the words of whoever refused it, with the member and the place in it. */
export function ruleFault(
  words: string,
  {
    path,
    place,
    cause,
  }: { readonly path: string; readonly place?: Omit<SyntaxFault, 'message'>; readonly cause?: unknown },
): HttpProblem {
  return new HttpProblem(422, words, {
    cause,
    errors: [{ path, message: words, ...(place === undefined ? {} : { line: place.line, column: place.column }) }],
  });
}

/** Throws an `HttpProblem` 422 when Prometheus cannot evaluate it, and a `PrometheusError` when it is away. */
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
    // Alone first: `a) or (b` is PromQL only inside of the brackets that the threshold brings.
    const kind = await evaluate(expr);
    if (kind !== 'vector' && kind !== 'scalar')
      throw ruleFault(`expected an instant vector or a scalar; the expression is a ${kind}`, { path: 'expr' });
    if (expression !== expr.trim()) await evaluate(expression);
  } catch (thrown) {
    const isAway = thrown instanceof PrometheusError && thrown.fault !== 'rejected' && thrown.fault !== 'too_large';
    if (fault !== undefined && isAway) throw ruleFault(fault.message, { path: 'expr', place: fault, cause: thrown });
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

/** Prometheus writes `1:5: parse error: ...`, after the name of the parameter in older versions. */
function explain(thrown: unknown, path: string, fault?: SyntaxFault): unknown {
  if (!(thrown instanceof PrometheusError) || (thrown.fault !== 'rejected' && thrown.fault !== 'too_large'))
    return thrown;
  const words = thrown.message.replace(/^invalid parameter ["'“]?query["'”]?: /, '');
  const [, line, column] = /^(\d+):(\d+): parse error/.exec(words) ?? [];
  const place = line === undefined ? fault : { line: Number(line), column: Number(column) };
  const isPlaced = path === 'expr' && place !== undefined;
  return ruleFault(words, { path, cause: thrown, ...(isPlaced ? { place } : {}) });
}

/** Throws 409 when an alert of another group has the name: default rules and users' own files count. */
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
  return new HttpProblem(409, `there is an alert ${name} already, ${where}`, {
    errors: [{ path: 'name', message: 'expected a name that no other alert has' }],
  });
}
