/** Lists the agents that new hosts download. */
import { z } from 'zod';
import { type AgentState, platforms } from '../../enrollment/agents.ts';
import { agentStates } from '../../enrollment/schema.ts';
import { defineRoute, ok } from '../route.ts';

export const hostAgents = defineRoute({
  name: 'host-agents',
  methods: ['GET'],
  path: '/api/v1/hosts/agents',
  scope: 'read',
  summary: 'Version and agent archives of this gateway',
  parameters: z.strictObject({}),
  response: agentStates,
  async handle(_request, { enrollment }) {
    const agents = await Promise.all(
      platforms.map(async (platform) => ({ platform, ...describe(await enrollment.agents.find(platform)) })),
    );
    return ok({ version: enrollment.version, agents });
  },
});

function describe(found: AgentState) {
  if (found.state !== 'ready') return found;
  const { version, sha256 } = found.archive;
  return { state: found.state, version, sha256 };
}
