/** Checks the versions of Prometheus, Alertmanager and hostpulse against the supported ones and their known faults. */
import { readVersion } from '../../../common/program/package.ts';
import { type Check, type Finding, fault, ok, warning } from '../site/finding.ts';
import { getJson } from '../site/http.ts';
import type { Site } from '../site/site.ts';

export const versions: Check = {
  name: 'versions',
  async run(site) {
    const { local, gateway, prometheus } = site;
    if (gateway === undefined || prometheus === undefined) return [];
    const server = (await prometheus.ask('status/buildinfo')) as { readonly version?: string };
    const found = [
      ...judgeVersion('Prometheus', server.version ?? ''),
      ...(local === undefined ? [] : judgeVersion('Alertmanager', await alertmanagerVersion(site))),
      ...(await judgePrograms(site)),
    ];
    return found;
  },
};

async function alertmanagerVersion({ local }: Site): Promise<string> {
  const url = `${local?.urls.alertmanager}/api/v2/status`;
  const status = await getJson({ url, authorization: local?.authorizationOf('alertmanager') });
  return (status as { readonly versionInfo?: { readonly version?: string } }).versionInfo?.version ?? '';
}

type Server = 'Prometheus' | 'Alertmanager';

/** The oldest versions of the table in docs/operations.md. */
const oldest: Readonly<Record<Server, string>> = { Prometheus: '2.42', Alertmanager: '0.25' };

interface KnownFault {
  readonly server: Server;
  /** The first version without the fault. */
  readonly before: string;
  readonly fault: string;
  readonly remedy: string;
}

/** docs/tiers.md and docs/decisions/replaced-points.md have the measurements. */
const knownFaults: readonly KnownFault[] = [
  {
    server: 'Prometheus',
    before: '2.53',
    fault: 'a restart after clean_tombstones can lose up to two hours of every host',
    remedy:
      'do not call clean_tombstones (hostpulse does not); install Prometheus 2.53 or later: npm start downloads one',
  },
  {
    server: 'Prometheus',
    before: '2.53',
    fault: 'wrong rollup points are not replaced, and deleted samples keep their space until compaction',
    remedy: 'install Prometheus 2.53 or later (docs/tiers.md)',
  },
];

/** Returns the findings about one version, such as `2.42.0+ds`. */
export function judgeVersion(server: Server, version: string): readonly Finding[] {
  const parts = /^v?(\d+)\.(\d+)/.exec(version);
  if (parts === null)
    return [warning(`${server}: the version is unknown ("${version}")`, `use a release from ${oldest[server]} on`)];
  const isBefore = (other: string): boolean => {
    const [major = 0, minor = 0] = other.split('.').map(Number);
    const [ownMajor, ownMinor] = [Number(parts[1]), Number(parts[2])];
    return ownMajor < major || (ownMajor === major && ownMinor < minor);
  };
  if (isBefore(oldest[server]))
    return [fault(`${server} ${version} is not supported`, `install ${server} ${oldest[server]} or later`)];
  const faults = knownFaults.filter((each) => each.server === server && isBefore(each.before));
  if (faults.length === 0) return [ok(`${server} ${version}`)];
  return faults.map((each) => warning(`${server} ${version}: ${each.fault}`, each.remedy));
}

/** A program that was not restarted after an upgrade has another version. */
async function judgePrograms({ local, prometheus }: Site): Promise<readonly Finding[]> {
  const own = readVersion();
  const running =
    (await prometheus?.query('count by (job, version) (hostpulse_build_info{job=~"gateway|relay"})')) ?? [];
  const others = running.filter(({ labels }) => labels['version'] !== own);
  if (others.length === 0) return [ok(`hostpulse ${own}`)];
  const names = others.map(({ labels }) => `${labels['job']} ${labels['version']}`).join(', ');
  const remedy = local === undefined ? `use hostpulse ${others[0]?.labels['version']} here` : 'restart hostpulse';
  return [warning(`this command is hostpulse ${own}, and the server runs ${names}`, remedy)];
}
