/** Adds a host that Prometheus scrapes: writes its target file. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { requireHost } from '../../auth/credentials.ts';
import { newHost } from '../../enrollment/schema.ts';
import { writeTarget } from '../../enrollment/targets.ts';
import { maxJsonBytes, readJsonBody } from '../../http/request-input.ts';
import { defineRoute } from '../route.ts';

const newTarget = newHost.extend({
  address: z
    .string()
    .regex(
      /^(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:]{2,39}\]):\d{1,5}$/,
      'expected host:port, such as web-1.example.com:9100',
    )
    .meta({ description: "Address of the host's exporter.", examples: ['web-1.example.com:9100'] }),
});

export const hostTargetCreate = defineRoute({
  name: 'host-target-create',
  methods: ['POST'],
  path: '/api/v1/hosts/targets',
  scope: 'admin',
  summary: 'Add a host that Prometheus scrapes, or change its address and labels',
  description:
    'Writes a target file for the job node; Prometheus reads it within 30 seconds. Any exporter with the metric names of node_exporter can be scraped. 409 if the gateway has no folder of target files (hosts.targets_directory).',
  parameters: z.strictObject({}),
  body: {
    description: 'Name, address and labels of the host.',
    content: { 'application/json': newTarget },
    maxBytes: maxJsonBytes,
  },
  response: z.object({ host: z.string(), address: z.string(), labels: z.record(z.string(), z.string()) }),
  success: 201,
  problems: [408, 409],
  async handle({ principal, incoming }, { enrollment, pipeline }) {
    const target = await readJsonBody(newTarget, { incoming, bodies: pipeline.bodies });
    requireHost(principal?.host, target.host);
    const { targetsDirectory } = enrollment;
    if (targetsDirectory === undefined)
      throw new HttpProblem(409, 'the gateway has no folder of target files; set hosts.targets_directory');
    writeTarget(targetsDirectory, target);
    return { status: 201, body: target };
  },
});
