/** Downloads the Prometheus and the Alertmanager of the server's packages: pinned versions of Debian's packages. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from '../../tools/debian-packages.ts';
import { relocateForAnyMachine } from '../../tools/relocate-alertmanager.ts';
import { createCompleteFolder } from '../../tools/tool-folders.ts';
import { root } from '../content/release.ts';

export type ServerPlatform = 'linux-x64' | 'linux-arm64';

interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: Readonly<Record<ServerPlatform, string>>;
  /** Files and folders that the server's packages contain. */
  readonly files: readonly string[];
}

const suite = 'forky';
/** The oldest C library that the programs run with. */
export const minimumGlibc = '2.34';

export const pinnedPackages: readonly PinnedPackage[] = [
  {
    name: 'prometheus',
    version: '3.5.3+ds1-6',
    sha256: {
      'linux-x64': '593bcced02d8082688ea034dfc543848ad145c5f793aae5aad756c4dbdfa98da',
      'linux-arm64': '1ee56de93c47df84ba1c1e3c88479db19455db5d99ee59f6bedc7b48f5d120a4',
    },
    files: ['usr/bin/prometheus'],
  },
  {
    name: 'promtool',
    version: '3.5.3+ds1-6',
    sha256: {
      'linux-x64': '1fb8bad7b932e7a44bccb12517f0bd96d5d5d83f15d3a1c0e2aa705cbf93fe90',
      'linux-arm64': '92945d09e49f4db89d7d701876be9b56ee21f0e702d9e710f4a61877546207c8',
    },
    files: ['usr/bin/promtool'],
  },
  {
    name: 'prometheus-alertmanager',
    version: '0.33.1-5',
    sha256: {
      'linux-x64': 'ec1be21dd7ffeec3d6f42dd1cc8e97b8a9e93888f1953b4fb4cb9234be70185f',
      'linux-arm64': '65bdaa97737676ffee8488760d97cb0377a8dd0809d51649e349fcdd667db8de',
    },
    files: [
      'usr/bin/prometheus-alertmanager',
      'usr/bin/prometheus-alertmanager.relocated',
      'usr/share/prometheus/alertmanager',
    ],
  },
];

const architectures = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' } as const;

/** Returns Debian's name for the processor architecture of the platform, such as `amd64` for `linux-x64`. */
export function debianArchitecture(platform: ServerPlatform): 'amd64' | 'arm64' {
  return architectures[platform];
}

/**
 * Returns the folder that the packages are unpacked into. Downloads the packages once. Throws when Debian no longer has a pinned
 * version, or when a checksum differs. Needs apt-get and dpkg-deb.
 */
export function ensurePrograms(platform: ServerPlatform): string {
  const digest = createHash('sha256').update(JSON.stringify(pinnedPackages)).digest('hex').slice(0, 12);
  const folder = join(root, 'data', 'programs', `${platform}-${digest}`);
  createCompleteFolder(folder, (incomplete) => {
    download(incomplete, platform);
    const downloads = join(incomplete, 'apt', 'packages');
    const digests = readdirSync(downloads).map((file) =>
      createHash('sha256')
        .update(readFileSync(join(downloads, file)))
        .digest('hex'),
    );
    for (const { name, version, sha256 } of pinnedPackages)
      if (!digests.includes(sha256[platform]))
        throw new Error(`${name} ${version} for ${platform}: no download has the SHA-256 ${sha256[platform]}`);
    relocateForAnyMachine(incomplete);
    rmSync(join(incomplete, 'apt'), { recursive: true });
  });
  return folder;
}

function download(folder: string, platform: ServerPlatform): void {
  const alone = pinnedPackages.map(({ name, version }) => `${name}=${version}`);
  try {
    const architecture = debianArchitecture(platform);
    unpackDebianPackages({ root: folder, suite, isPinned: true, architecture, alone, whole: [] });
  } catch (cause) {
    throw new Error(
      `Debian's ${suite} lacks the versions that scripts/package/server/programs.ts pins (${alone.join(', ')}): ` +
        'pin the newer versions, or unpack the pinned ones from https://snapshot.debian.org',
      { cause },
    );
  }
}
