/**
 * Serves the install script and the agents to new hosts, without credentials: they contain no secrets. A build is only started
 * by an administrator who adds a host.
 */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type RequestHandler, type Response, Router } from 'express';
import { HttpProblem } from '../../common/http/problem.ts';
import { type AgentArchive, type Agents, type Platform, platforms } from '../enrollment/agents.ts';
import type { EnrollmentServices } from '../enrollment/enrollment.ts';
import { createInstallScript } from '../enrollment/install-script.ts';
import { setRoute } from '../http/http-metrics.ts';

/** Downloads at once; further ones are asked to come back. */
const maxDownloads = 32;
const retrySeconds = '2';

export function installRoutes({ identity, agents }: EnrollmentServices): Router {
  const router = Router();
  const render = createInstallScript();
  let downloads = 0;

  router.get('/install', (request, response) => {
    setRoute(response, 'install');
    response.type('text/x-shellscript').send(render(identity(request)));
  });

  const sum: RequestHandler<{ platform: string }> = async (request, response) => {
    setRoute(response, 'agent-sum');
    const archive = await findArchive(agents, request.params.platform);
    response.type('text/plain').send(`${archive.sha256}  ${archive.name}\n`);
  };

  const download: RequestHandler<{ platform: string }> = async (request, response) => {
    setRoute(response, 'agent');
    const archive = await findArchive(agents, request.params.platform);
    if (downloads >= maxDownloads) throw unavailable('too many downloads at once');
    downloads += 1;
    try {
      await sendArchive(request.method, response, archive);
    } finally {
      downloads -= 1;
    }
  };

  router.get('/agents/:platform.tar.gz.sha256', sum);
  router.get('/agents/:platform.tar.gz', download);
  return router;
}

async function sendArchive(method: string, response: Response, { file, bytes }: AgentArchive): Promise<void> {
  response.set({ 'Content-Type': 'application/gzip', 'Content-Length': String(bytes) });
  if (method === 'HEAD') return void response.end();
  try {
    await pipeline(createReadStream(file), response);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw cause; // the host went away
  }
}

async function findArchive(agents: Agents, name: string): Promise<AgentArchive> {
  const platform = platforms.find((each): each is Platform => each === name);
  if (platform === undefined)
    throw new HttpProblem(404, `there is no agent for ${JSON.stringify(name)}; expected ${platforms.join(' or ')}`);
  const found = await agents.find(platform);
  switch (found.state) {
    case 'ready':
      return found.archive;
    case 'building':
      throw unavailable('the server is building the agent');
    case 'failed':
      throw new HttpProblem(404, `the agent for ${platform} could not be built; the server's log has the reason`);
    case 'missing':
      throw new HttpProblem(404, `the server has no agent for ${platform}`);
  }
}

function unavailable(title: string): HttpProblem {
  return new HttpProblem(503, title, { headers: { 'Retry-After': retrySeconds } });
}
