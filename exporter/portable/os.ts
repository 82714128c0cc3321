/** Exposes the name and version of the operating system. The data comes from systeminformation and is read once; the labels are the fields of os-release(5). */
import type { Collector } from '../collector/collector.ts';
import { fields } from '../collectors/os.ts';
import { type Family, gauge, type Labels } from '../exposition/family.ts';
import { textAt, valueAt } from './systeminformation/field.ts';
import type { Platform, PortableHost } from './systeminformation/host.ts';

const where = 'systeminformation.osInfo';

export function createPortableOs(host: PortableHost): Collector {
  return {
    name: 'os',
    defaultEnabled: true,
    help: 'Exposes the name and version of the operating system.',
    flags: [],
    create() {
      let families: readonly Family[] | undefined;
      return async () => (families ??= familiesOf(parseOsInfo(await host.ask('osInfo'), host.platform)));
    },
  };
}

const ids: Readonly<Partial<Record<Platform, string>>> = { darwin: 'macos', win32: 'windows' };

/** Returns the labels. Throws an Error when the name or version of the system is missing. */
export function parseOsInfo(answer: unknown, platform: Platform): Labels {
  const name = textAt(answer, 'distro', where);
  const version = textAt(answer, 'release', where);
  for (const word of [name, version]) {
    if (word === 'unknown') throw new Error(`${where}: expected the name and version of the system, got "unknown"`);
  }
  const given = (key: string): string => {
    const value = valueAt(answer, key);
    return typeof value === 'string' ? value.trim() : '';
  };
  const known: Labels = {
    build_id: given('build'),
    id: ids[platform] ?? '',
    name,
    pretty_name: `${name} ${version}`,
    version,
    version_codename: given('codename'),
    version_id: version,
  };
  return Object.fromEntries(fields.map((field) => [field, known[field] ?? '']));
}

function familiesOf(labels: Labels): Family[] {
  const { id = '', name = '', version_id: version = '' } = labels;
  const help = `A metric with a constant '1' value labeled by ${fields.join(', ')}.`;
  const info = gauge('node_os_info', help, [{ labels, value: 1 }]);
  const [number] = /^\d+(\.\d+)?/.exec(version) ?? [];
  if (number === undefined) return [info];
  const system = { labels: { id, id_like: '', name }, value: Number(number) };
  return [info, gauge('node_os_version', 'Metric containing the major.minor part of the OS version.', [system])];
}
