/** Evaluates PromQL over a range of time, as Prometheus' API does. */
import { z } from 'zod';
import { maxPointsPerSeries } from '../../../common/catalogue/tier-choice.ts';
import { HttpProblem } from '../../../common/http/problem.ts';
import { passCall, prometheusAnswer, prometheusSpan, prometheusTime, queryParameters } from '../../query/promql.ts';
import { restrictToHost } from '../../query/restrict-to-host.ts';
import { defineRoute } from '../route.ts';

export const queryRange = defineRoute({
  name: 'query-range',
  methods: ['GET', 'POST'],
  path: '/api/v1/query_range',
  scope: 'read',
  summary: "PromQL over a range of time, with Prometheus' parameters and response; at most 11,000 points a series",
  parameters: z.object({ ...queryParameters, start: prometheusTime, end: prometheusTime, step: prometheusSpan }),
  response: prometheusAnswer,
  problems: [422],
  async handle({ parameters: { timeout, ...parameters }, principal, signal }, { prometheus, limits }) {
    const { start, end, step } = parameters;
    if (end < start) throw refused('start', 'expected a time before the end');
    if ((end - start) / step > maxPointsPerSeries) {
      const smallest = Math.ceil((end - start) / maxPointsPerSeries);
      throw refused('step', `expected at least ${smallest} s: a series has ${maxPointsPerSeries} points at most`);
    }
    const query = restrictToHost(parameters.query, principal);
    const passed = { prometheus, limits, method: 'POST', path: '/api/v1/query_range', timeout, signal } as const;
    const body = await passCall({ ...passed, parameters: { ...parameters, query } });
    return { status: 200, body };
  },
});

function refused(path: string, message: string): HttpProblem {
  return new HttpProblem(400, 'the parameters are not valid', { errors: [{ path, message }] });
}
