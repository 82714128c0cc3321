/** Checks modes and owners of the data directory: only the user of the server may read secrets and write files. */
import { accessSync, constants, existsSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { authorityFiles } from '../../../stack/tls/authority-files.ts';
import { type Check, type Finding, fault, orOk, warning } from '../site/finding.ts';
import type { LocalStack } from '../site/site.ts';

export const permissions: Check = {
  name: 'permissions',
  async run({ local }) {
    if (local === undefined || process.platform === 'win32') return [];
    const owner = statSync(local.directory.root).uid;
    const files = secretFiles(local).filter((file) => existsSync(file));
    const folders = foldersOf(local).filter((folder) => existsSync(folder));
    const findings = [
      ...files.flatMap((file) => judgeSecret(file, statSync(file), owner)),
      ...folders.flatMap((folder) => judgeFolder(folder, statSync(folder), owner)),
    ];
    return orOk(findings, `${files.length} secret files are for their user only`);
  },
};

/** Files with secrets, or that may have some. */
function secretFiles({ directory, config }: LocalStack): readonly string[] {
  const { adminKey, database, stackFile, prometheus, alertmanager, grafana, ownConfig, tls } = directory;
  const { caKey, serverKey } = authorityFiles(tls.folder);
  return [
    adminKey,
    database,
    stackFile,
    prometheus.password,
    prometheus.alertmanagerPassword,
    prometheus.gatewayKey,
    prometheus.webConfig,
    alertmanager.relayToken,
    alertmanager.passwordCopy,
    alertmanager.webConfig,
    grafana.readKey,
    grafana.password,
    ...Object.values(ownConfig),
    caKey,
    serverKey,
    ...(config.tls.kind === 'files' ? [config.tls.keyFile] : []),
  ];
}

function foldersOf({ directory: { root, prometheus, alertmanager, logs, tls } }: LocalStack): readonly string[] {
  return [root, prometheus.folder, prometheus.data, prometheus.customRules, alertmanager.folder, logs, tls.folder];
}

/** Exported for the test. */
export function judgeSecret(file: string, { mode, uid }: Stats, owner: number): readonly Finding[] {
  if ((mode & 0o007) !== 0 && isReachable(file, 0o001))
    return [fault(`${file} can be read by every user of this machine (mode ${octal(mode)})`, `chmod 600 ${file}`)];
  if ((mode & 0o020) !== 0 && isReachable(file, 0o011))
    return [fault(`${file} can be changed by its group`, `chmod 600 ${file}`)];
  return [...judgeOwner(file, uid, owner), ...judgeAccess(file, constants.R_OK)];
}

/** Returns whether every folder above the file has one of the execute permissions in `bits`, without which users cannot open the file. */
function isReachable(file: string, bits: number): boolean {
  let folder = dirname(realpathSync(file));
  while ((statSync(folder).mode & bits) !== 0) {
    if (folder === dirname(folder)) return true;
    folder = dirname(folder);
  }
  return false;
}

function judgeFolder(folder: string, { mode, uid }: Stats, owner: number): readonly Finding[] {
  if ((mode & 0o022) !== 0)
    return [fault(`${folder} can be changed by other users (mode ${octal(mode)})`, `chmod go-w ${folder}`)];
  return [...judgeOwner(folder, uid, owner), ...judgeAccess(folder, constants.R_OK | constants.W_OK | constants.X_OK)];
}

/** A file of another user was usually left by a command that ran as root. */
function judgeOwner(path: string, uid: number, owner: number): readonly Finding[] {
  if (uid === owner || uid === 0) return [];
  return [
    warning(`${path} belongs to user ${uid}, the data directory to user ${owner}`, `sudo chown ${owner} ${path}`),
  ];
}

function judgeAccess(path: string, mode: number): readonly Finding[] {
  try {
    accessSync(path, mode);
    return [];
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const remedy =
      code === 'EROFS'
        ? `make the file system writable: findmnt -T ${path}`
        : 'run the command as the user of the server, or with sudo';
    return [fault(`${path} cannot be used (${code})`, remedy)];
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
