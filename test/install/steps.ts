/** Lists the steps of the installation test in order, and chooses the steps of a run. */
import {
  type InstalledHost,
  installAgentDeb,
  installByLine,
  installByWget,
  installOnReadOnly,
  installWithoutSystemd,
  refuseMusl,
  uninstallByLine,
} from './agent.ts';
import type { Machine } from './machine.ts';
import { checkProxy } from './proxy.ts';
import { installServer, laterVersion, rebootBoth, removeServer, upgradeServer } from './server.ts';

export interface Scene {
  readonly server: Machine;
  readonly host: Machine;
  /** File names in `packages`. */
  readonly debs: { readonly server: string; readonly agent: string };
  readonly packages: string;
  /** The folder that contains the roots of the machines. */
  readonly folder: string;
  /** Set by the step `host`. */
  installed?: InstalledHost;
}

export interface Step {
  readonly name: string;
  /** Steps that must have passed. */
  readonly needs: readonly string[];
  readonly run: (scene: Scene) => void | Promise<void>;
}

const steps: readonly Step[] = [
  step('server', [], ({ server, debs }) => installServer(server, debs.server)),
  step('host', ['server'], async (scene) => {
    scene.installed = await installByLine(scene.server, scene.host);
  }),
  step('upgrade', ['host'], ({ server, host, packages, debs }) =>
    upgradeServer(server, laterVersion(packages, debs.server), host.name),
  ),
  step('reboot', ['host'], ({ server, host }) => rebootBoth(server, host)),
  step('uninstall', ['host'], ({ server, host, installed }) => uninstallByLine(server, host, installed?.line ?? '')),
  step('wget', ['server'], ({ server, host }) => installByWget(server, host)),
  step('read-only', ['server'], ({ server, host }) => installOnReadOnly(server, host)),
  step('no-systemd', ['server'], ({ server, host }) => installWithoutSystemd(server, host)),
  step('musl', ['server'], ({ server, folder }) =>
    refuseMusl(folder, server.run(`curl -fsSk https://${server.address}:9180/install`)),
  ),
  step('agent-deb', [], ({ host, debs }) => installAgentDeb(host, debs.agent)),
  step('nginx', ['server'], ({ server }) => checkProxy(server)),
  step('purge', ['server'], ({ server }) => removeServer(server)),
];

function step(name: string, needs: readonly string[], run: Step['run']): Step {
  return { name, needs, run };
}

/** Returns the named steps and the steps that they need, or all steps when `names` is empty. Throws for an unknown name. */
export function chooseSteps(names: readonly string[]): readonly Step[] {
  const known = steps.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`--only: expected ${known.join(', ')}, got ${unknown.join(', ')}`);
  const chosen = new Set(names);
  for (const { name, needs } of steps.toReversed()) if (chosen.has(name)) for (const need of needs) chosen.add(need);
  return names.length === 0 ? steps : steps.filter(({ name }) => chosen.has(name));
}
