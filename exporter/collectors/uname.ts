/**
 * Exposes the name and version of the operating system, the host name and the architecture, from /proc/sys/kernel. uname(2) returns
 * the same values, but only of the machine that the exporter runs on; the files are below `--path.procfs`.
 */
import { machine } from 'node:os';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { gauge } from '../exposition/family.ts';
import { readHostLine } from '../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader } from '../procfs/sysfs.ts';

export const uname: Collector = {
  name: 'uname',
  defaultEnabled: true,
  help: 'Exposes the name and version of the operating system, the host name and the architecture, from /proc/sys/kernel.',
  docs: {
    source: '/proc/sys/kernel',
    differences: [
      {
        upstream: 'calls uname(2)',
        here: 'reads /proc/sys/kernel below `--path.procfs`',
        reason: 'the values are the same, and a container or test can set the path',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const folder = join(paths.procfs, 'sys', 'kernel');
    const hostname = join(folder, 'hostname');
    let boot: ReturnType<typeof readBootLabels> | undefined;
    return () => {
      boot ??= readBootLabels(folder, attributes);
      const { domainname, machine, release, sysname, version } = boot;
      const labels = { domainname, machine, nodename: readHostLine(hostname), release, sysname, version };
      const help = 'Labeled system information as provided by the uname system call.';
      return [gauge('node_uname_info', help, [{ labels, value: 1 }])];
    };
  },
};

/** Reads the labels that change only with a reboot. */
function readBootLabels(folder: string, attributes: AttributeReader) {
  const text = (file: string) => attributes.line(join(folder, file)) ?? '';
  return {
    domainname: text('domainname'),
    // Linux 6.1 added the file.
    machine: text('arch') || machine(),
    release: text('osrelease'),
    sysname: text('ostype'),
    version: text('version'),
  };
}
