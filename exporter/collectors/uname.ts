/**
 * Names and versions of the system, from /proc/sys/kernel, which has the same values as uname(2). node_exporter calls uname(2),
 * which always describes the machine it runs on; this collector follows `--path.procfs`.
 */
import { machine } from 'node:os';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Family, Labels } from '../exposition/family.ts';
import { parseLine, readHostLine, tryReadHostFile } from '../procfs/host-file.ts';

export const uname: Collector = {
  name: 'uname',
  defaultEnabled: true,
  help: 'Names and versions of the system, from /proc/sys/kernel.',
  flags: [],
  create({ paths }) {
    const folder = join(paths.procfs, 'sys', 'kernel');
    const hostname = join(folder, 'hostname');
    let boot: Labels | undefined;
    return () => {
      boot ??= readBootLabels(folder);
      const nodename = readHostLine(hostname);
      return [infoFamily({ ...boot, nodename })];
    };
  },
};

/** Reads the labels that change only with a reboot. */
function readBootLabels(folder: string): Labels {
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

function infoFamily({
  domainname = '',
  machine = '',
  nodename = '',
  release = '',
  sysname = '',
  version = '',
}: Labels): Family {
  return {
    name: 'node_uname_info',
    help: 'Labeled system information as provided by the uname system call.',
    type: 'gauge',
    samples: [{ labels: { domainname, machine, nodename, release, sysname, version }, value: 1 }],
  };
}
