/**
 * Names and versions of the system, from /proc/sys/kernel, which has the same values as uname(2). node_exporter calls uname(2),
 * which always describes the machine it runs on; this collector follows `--path.procfs`.
 */
import { machine } from 'node:os';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { gauge } from '../exposition/family.ts';
import { parseLine, readHostLine, tryReadHostFile } from '../procfs/host-file.ts';

export const uname: Collector = {
  name: 'uname',
  defaultEnabled: true,
  help: 'Names and versions of the system, from /proc/sys/kernel.',
  flags: [],
  create({ paths }) {
    const folder = join(paths.procfs, 'sys', 'kernel');
    const hostname = join(folder, 'hostname');
    let boot: ReturnType<typeof readBootLabels> | undefined;
    return () => {
      boot ??= readBootLabels(folder);
      const { domainname, machine, release, sysname, version } = boot;
      const labels = { domainname, machine, nodename: readHostLine(hostname), release, sysname, version };
      const help = 'Labeled system information as provided by the uname system call.';
      return [gauge('node_uname_info', help, [{ labels, value: 1 }])];
    };
  },
};

/** Reads the labels that change only with a reboot. */
function readBootLabels(folder: string) {
  return {
    domainname: readHostLine(join(folder, 'domainname')),
    // Linux 6.1 added the file.
    machine: tryReadLine(join(folder, 'arch')) ?? machine(),
    release: readHostLine(join(folder, 'osrelease')),
    sysname: readHostLine(join(folder, 'ostype')),
    version: readHostLine(join(folder, 'version')),
  };
}

function tryReadLine(path: string): string | undefined {
  const text = tryReadHostFile(path);
  return text === undefined ? undefined : parseLine(text, path);
}
