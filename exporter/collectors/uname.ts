/**
 * The system's names, from /proc/sys/kernel, which is what uname(2) answers.
 * node_exporter calls uname(2) and so always tells of its own machine; this file follows `--path.procfs`.
 */
import { machine } from 'node:os';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Family, Labels } from '../exposition/family.ts';
import { readHostFile, tryReadHostFile } from '../procfs/host-file.ts';
import { parseLine } from '../procfs/parse.ts';

export const uname: Collector = {
  name: 'uname',
  defaultEnabled: true,
  help: "The system's names, from /proc/sys/kernel.",
  flags: [],
  create({ paths }) {
    const folder = join(paths.procfs, 'sys', 'kernel');
    const hostname = join(folder, 'hostname');
    let boot: Labels | undefined;
    return () => {
      boot ??= readBootLabels(folder);
      const nodename = parseLine(readHostFile(hostname), hostname);
      return [infoFamily({ ...boot, nodename })];
    };
  },
};

/** What stays until the next boot. */
function readBootLabels(folder: string): Labels {
  return {
    domainname: readName(folder, 'domainname'),
    // The file is there since Linux 6.1.
    machine: tryReadName(folder, 'arch') ?? machine(),
    release: readName(folder, 'osrelease'),
    sysname: readName(folder, 'ostype'),
    version: readName(folder, 'version'),
  };
}

function readName(folder: string, file: string): string {
  const path = join(folder, file);
  return parseLine(readHostFile(path), path);
}

function tryReadName(folder: string, file: string): string | undefined {
  const path = join(folder, file);
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
