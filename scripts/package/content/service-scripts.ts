/** Writes the scripts that dpkg and rpm run when they install, upgrade, remove or purge a package with one service. */
import type { MaintainerScripts } from '../archive/deb.ts';
import type { RpmScripts } from '../archive/rpm.ts';

export interface PackagedService {
  readonly name: string;
  readonly unit: string;
  readonly user: string;
  /** The directory of the configuration file, which dpkg removes at a purge. A purge removes the directory when no other file is left. */
  readonly configDirectory: string;
  /** The directory of data and secrets that the service writes. A purge removes the directory. */
  readonly stateDirectory: string;
  /** A line that the first installation prints. */
  readonly nextStep?: string;
}

/**
 * Returns the scripts of a Debian package. A first installation enables and starts the service. An upgrade restarts the service, and does
 * not enable a disabled service. A purge removes settings, state and the user, and keeps files that an administrator has put beside the
 * settings. Sources: deb-postinst(5), deb-systemd-helper(1p)
 */
export function serviceScripts({
  name,
  unit,
  user,
  configDirectory,
  stateDirectory,
  nextStep,
}: PackagedService): MaintainerScripts {
  const postinst = `#!/bin/sh
set -e
if [ "$1" = configure ] || [ "$1" = abort-upgrade ] || [ "$1" = abort-deconfigure ] || [ "$1" = abort-remove ]; then
  systemd-sysusers ${name}.conf
  systemd-tmpfiles --create ${name}.conf
  deb-systemd-helper unmask ${unit} >/dev/null || true
  if deb-systemd-helper --quiet was-enabled ${unit}; then
    deb-systemd-helper enable ${unit} >/dev/null || true
  else
    deb-systemd-helper update-state ${unit} >/dev/null || true
  fi
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    if [ -n "$2" ]; then action=restart; else action=start; fi
    deb-systemd-invoke $action ${unit} >/dev/null || true
  fi
${nextStep === undefined ? '' : `  if [ -z "$2" ]; then echo '${nextStep}'; fi\n`}fi
`;
  const prerm = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop ${unit} >/dev/null || true
fi
`;
  const postrm = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -x /usr/bin/deb-systemd-helper ]; then
  deb-systemd-helper mask ${unit} >/dev/null || true
fi
if [ "$1" = purge ]; then
  if [ -x /usr/bin/deb-systemd-helper ]; then
    deb-systemd-helper purge ${unit} >/dev/null || true
    deb-systemd-helper unmask ${unit} >/dev/null || true
  fi
  rm -rf ${stateDirectory}
  if [ -d ${configDirectory} ]; then rmdir --ignore-fail-on-non-empty ${configDirectory}; fi
  if getent passwd ${user} >/dev/null; then userdel ${user} || true; fi
  if getent group ${user} >/dev/null; then groupdel ${user} || true; fi
fi
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi
`;
  return { postinst, prerm, postrm };
}

/**
 * Returns the scripts of an RPM package. A first installation enables and starts the service. An upgrade restarts a running service. A
 * removal keeps changed settings, state and the user, because RPM has no purge. In the scripts, `$1` is the number of versions that are
 * installed after the operation. Source: https://rpm-software-management.github.io/rpm/manual/scriptlets_triggers.html
 */
export function rpmScripts({ name, unit }: PackagedService): RpmScripts {
  const postin = `systemd-sysusers ${name}.conf
systemd-tmpfiles --create ${name}.conf
if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi
if [ "$1" -eq 1 ]; then
  systemctl enable --quiet ${unit} || :
  if [ -d /run/systemd/system ]; then systemctl start ${unit} || :; fi
fi
`;
  const preun = `if [ "$1" -eq 0 ]; then
  systemctl disable --quiet ${unit} || :
  if [ -d /run/systemd/system ]; then systemctl stop ${unit} || :; fi
fi
`;
  const postun = `if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || :
  if [ "$1" -ge 1 ]; then systemctl try-restart ${unit} || :; fi
fi
`;
  return { postin, preun, postun };
}
