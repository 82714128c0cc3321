#!/bin/sh
# Installs, upgrades or removes the hostpulse agent on this host. Served by the gateway at /install; the page "Add host" and
# "hostpulse hosts add" print the line to run:
#
#     curl -fsSL https://SERVER/install | sudo sh -s -- TOKEN            install, or upgrade
#     curl -fsSL https://SERVER/install | sudo sh -s -- --uninstall      remove everything
#
# Options: --proxy URL   reach the server through a proxy; the agent does the same.
#
# Nothing runs before the last line, so an incomplete download does nothing.
# dash, bash and BusyBox have -ef, which POSIX lacks.
# shellcheck disable=SC2154,SC3013
set -eu

# @facts@ The gateway replaces this line by server_url and ca_certificate.

name=hostpulse-agent
config_dir=/etc/$name
state_dir=/var/lib/$name
unit_file=/etc/systemd/system/$name.service
work=''

main() {
  token='' proxy='' action=install
  while [ $# -gt 0 ]; do
    case $1 in
      --uninstall) action=uninstall ;;
      --proxy) proxy=${2:?--proxy needs a URL}; shift ;;
      -*) fail "unknown option $1; expected --uninstall or --proxy URL" ;;
      *) token=$1 ;;
    esac
    shift
  done
  [ "$(id -u)" -eq 0 ] || fail 'run this as root: put "sudo" before "sh"'
  [ "$action" = install ] || { uninstall; return; }
  [ -n "$token" ] || fail 'a token is needed; "Add host" on the page or "hostpulse hosts add" prints the line with one'

  platform=$(find_platform)
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  prepare_connection
  download_agent "$platform"
  create_user
  install_agent
  enroll
  if [ -d /run/systemd/system ]; then
    start_service
  else
    explain_start
  fi
}

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "$name" "$*" >&2
  exit 1
}

# Fails, and removes what this run created where nothing was installed before.
give_up() {
  [ -f "$config_dir/agent.yml" ] || uninstall >/dev/null
  fail "$@"
}

# Prints linux-x64 or linux-arm64; explains what to do on other systems.
find_platform() {
  instead="Install a node_exporter instead, and add the host \"by scrape\" on the page: $server_url/"
  [ "$(uname -s)" = Linux ] || fail "the agent needs Linux, and this is $(uname -s). $instead"
  case $(uname -m) in
    x86_64 | amd64) machine=x64 loader=/lib64/ld-linux-x86-64.so.2 ;;
    aarch64 | arm64) machine=arm64 loader=/lib/ld-linux-aarch64.so.1 ;;
    *) fail "there is no agent for the processor $(uname -m). $instead" ;;
  esac
  if has_musl "$loader"; then
    fail "the agent needs glibc, and this system (Alpine or similar) has musl. $instead
On Alpine: apk add prometheus-node-exporter && rc-update add node-exporter && rc-service node-exporter start"
  fi
  say "linux-$machine"
}

# has_musl LOADER: true without glibc's loader, where musl has one.
has_musl() {
  [ ! -e "$1" ] && ls /lib/ld-musl-* >/dev/null 2>&1
}

# Sets the CA and the proxy for request().
prepare_connection() {
  ca_file=''
  if [ -n "$ca_certificate" ]; then
    ca_file=$work/ca.pem
    printf '%s\n' "$ca_certificate" >"$ca_file"
  fi
  [ -n "$proxy" ] || proxy=${https_proxy:-${HTTPS_PROXY:-}}
  if [ -n "$proxy" ]; then
    export https_proxy="$proxy" http_proxy="$proxy"
  fi
  if command -v curl >/dev/null 2>&1; then
    client=curl
  elif wget --version 2>/dev/null | grep -q 'GNU Wget'; then
    client=wget
  else
    fail 'curl or GNU wget is needed; install one of them'
  fi
}

# request PATH OUTPUT [CREDENTIAL [METHOD]]: sets $status. Fails without an answer. The credential is not visible in "ps".
request() {
  credential=${3:-} method=${4:-GET} status=000
  (umask 077; : >"$work/auth")
  if [ $client = curl ]; then
    [ -z "$credential" ] || printf 'header = "Authorization: Bearer %s"\n' "$credential" >"$work/auth"
    status=$(curl -sS -K "$work/auth" ${ca_file:+--cacert "$ca_file"} -X "$method" -H 'Accept: text/plain' \
      --connect-timeout 20 -o "$2" -w '%{http_code}' "$server_url$1")
  else
    [ -z "$credential" ] || printf 'header = Authorization: Bearer %s\n' "$credential" >"$work/auth"
    WGETRC=$work/auth wget -S --content-on-error ${ca_file:+--ca-certificate="$ca_file"} --method="$method" \
      --header='Accept: text/plain' --tries=2 --timeout=60 -O "$2" "$server_url$1" 2>"$work/headers" || true
    status=$(sed -n 's|^ *HTTP/[0-9.]* \([0-9]*\).*|\1|p' "$work/headers" | tail -n 1)
    [ -n "$status" ] || { cat "$work/headers" >&2; return 1; }
  fi
}

# Leaves the verified archive in $work/agent.tar.gz. In a clone the server builds the agent for its first host.
download_agent() {
  tries=0
  while request "/agents/$1.tar.gz.sha256" "$work/sum" || fail "cannot reach $server_url"; [ "$status" = 503 ]; do
    [ $tries -gt 0 ] || say 'The server is building the agent (once); this takes a few minutes ...'
    tries=$((tries + 1))
    [ $tries -lt 300 ] || fail 'the server did not finish building the agent; see its log'
    sleep 2
  done
  [ "$status" = 200 ] || fail "the server answered $status: $(cat "$work/sum")"
  read -r sum archive <"$work/sum"
  say "Downloading $archive from $server_url ..."
  request "/agents/$1.tar.gz" "$work/agent.tar.gz" || fail 'the download failed; run the line again'
  [ "$status" = 200 ] || fail "the download failed with status $status; run the line again"
  printf '%s  %s\n' "$sum" "$work/agent.tar.gz" | sha256sum -c - >/dev/null 2>&1 ||
    fail "the SHA-256 of the download is not $sum; run the line again"
  mkdir "$work/unpacked"
  tar -xzf "$work/agent.tar.gz" -C "$work/unpacked"
}

create_user() {
  if id "$name" >/dev/null 2>&1; then return; fi
  if command -v useradd >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --home-dir "$state_dir" --shell /usr/sbin/nologin "$name"
  else
    addgroup -S "$name" && adduser -S -D -H -h "$state_dir" -G "$name" "$name"
  fi
}

# Installs into the first directory that can be written: /usr may be read-only.
install_agent() {
  source=$(find "$work/unpacked" -type f -name "$name" | head -n 1)
  [ -n "$source" ] || fail "the archive has no file $name"
  for directory in /usr/local/bin /opt/$name/bin $state_dir/bin; do
    if mkdir -p "$directory" 2>/dev/null && cp "$source" "$directory/$name.new" 2>/dev/null; then
      program=$directory/$name
      chmod 755 "$program.new"
      version=$("$program.new" --version 2>&1) || {
        add_library && version=$("$program.new" --version 2>&1)
      } || {
        rm -f "$program.new"
        give_up "the agent does not run on this system: $version
A missing library is in a package of the distribution; for libatomic.so.1: apt-get install libatomic1, or dnf install libatomic"
      }
      mv "$program.new" "$program"
      return
    fi
  done
  fail 'cannot write to /usr/local/bin, /opt or /var/lib'
}

# Installs libatomic from the distribution when the agent lacks it: minimal systems do not have it.
add_library() {
  case $version in *libatomic.so.1*) ;; *) return 1 ;; esac
  say 'The agent needs the library libatomic. Installing the package of this distribution ...'
  if command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    quietly apt-get install -y --no-install-recommends libatomic1 ||
      { quietly apt-get update && quietly apt-get install -y --no-install-recommends libatomic1; }
  elif command -v dnf >/dev/null 2>&1; then
    quietly dnf install -y libatomic
  elif command -v zypper >/dev/null 2>&1; then
    quietly zypper --non-interactive install libatomic1
  else
    return 1
  fi
}

# Shows nothing, and leaves standard input, which may be this script, to the shell.
quietly() { "$@" >/dev/null 2>&1 </dev/null; }

# Exchanges the token for the key of this host. With a used token, an installation with a key is upgraded.
enroll() {
  mkdir -p "$config_dir"
  chmod 755 "$config_dir"
  [ -z "$ca_file" ] || install -m 644 "$ca_file" "$config_dir/ca.pem"
  request /api/v1/hosts/enroll "$work/enrolled" "$token" POST || fail "cannot reach $server_url"
  if [ "$status" = 200 ]; then
    write_config
    did=Installed
  elif [ -f "$config_dir/key" ] && grep -qF "server_url: $server_url" "$config_dir/agent.yml"; then
    did=Upgraded
  else
    give_up "the server refused the token ($status): $(cat "$work/enrolled")
A token works once, for one hour. Get a new line from \"Add host\" on the page or from \"hostpulse hosts add\"."
  fi
  if [ -n "$proxy" ]; then
    (umask 077; printf 'HTTPS_PROXY=%s\nHTTP_PROXY=%s\n' "$proxy" "$proxy" >"$config_dir/environment")
  fi
}

write_config() {
  field() { sed -n "s/^$1 //p" "$work/enrolled"; }
  (umask 077; field key >"$config_dir/key.new")
  chown "$name:$name" "$config_dir/key.new"
  mv "$config_dir/key.new" "$config_dir/key"
  [ ! -f "$config_dir/agent.yml" ] || mv "$config_dir/agent.yml" "$config_dir/agent.yml.previous"
  cat >"$config_dir/agent.yml" <<EOF
# Written by the install script. Apply changes with: systemctl reload $name
# All settings: $name --print-config
web:
  # The agent's own metrics; ":9100" opens them to a Prometheus.
  listen_address: [unix:$state_dir/metrics.sock]
collector:
  server_url: $server_url
  protocol: remote_write
  api_key_file: $config_dir/key
  buffer: {path: $state_dir}
  host: $(field host)
  labels: $(field labels)
EOF
  [ -z "$ca_file" ] || printf '  tls: {ca_file: %s}\n' "$config_dir/ca.pem" >>"$config_dir/agent.yml"
  chmod 644 "$config_dir/agent.yml"
}

start_service() {
  write_unit
  key=$(cat "$config_dir/key")
  before=$(last_push)
  systemctl daemon-reload
  systemctl enable --quiet "$name"
  systemctl restart "$name" || fail "the agent does not start; see: journalctl -u $name"
  say 'Waiting for the first samples to arrive ...'
  seconds=0
  while after=$(last_push); [ "$after" = "$before" ]; do
    [ $seconds -lt 60 ] || fail "the agent runs, but the server has no samples from it after a minute; see: journalctl -u $name"
    sleep 1
    seconds=$((seconds + 1))
  done
  say "$did $version." \
    "This host is on the page: $server_url/"
  say "program $program, settings $config_dir/, data $state_dir/, log: journalctl -u $name"
  explain_undo
}

# Prints when the server last accepted samples of this host.
last_push() {
  request /api/v1/hosts/self "$work/self" "$key" 2>/dev/null || return 0
  sed -n 's/.*"last_push":"\([^"]*\)".*/\1/p' "$work/self"
}

explain_start() {
  install -d -m 750 -o "$name" -g "$name" "$state_dir"
  say "$did $version. This system has no systemd, so nothing was started. Run this at boot, as the user $name:"
  say "    $program --config.file=$config_dir/agent.yml"
  explain_undo
}

explain_undo() {
  say 'To undo: run the same line with --uninstall instead of the token.'
}

# The unit of the archive names the program of the package.
write_unit() {
  unit=$(find "$work/unpacked" -type f -name "$name.service" | head -n 1)
  [ -n "$unit" ] || fail "the archive has no file $name.service"
  sed "s|^ExecStart=[^ ]*|ExecStart=$program|" "$unit" >"$unit_file"
  chmod 644 "$unit_file"
}

uninstall() {
  if [ -d /run/systemd/system ] && [ -f "$unit_file" ]; then
    systemctl disable --quiet --now "$name" || true
  fi
  stop_agent
  rm -rf "$unit_file" "$unit_file.d" "/usr/local/bin/$name" "/opt/$name" "$config_dir" "$state_dir"
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
  if id "$name" >/dev/null 2>&1; then
    if command -v userdel >/dev/null 2>&1; then userdel "$name"; else deluser "$name"; fi
  fi
  # userdel keeps the group where login.defs has USERGROUPS_ENAB no.
  if grep -q "^$name:" /etc/group && command -v groupdel >/dev/null 2>&1; then groupdel "$name"; fi
  say 'The agent, its settings, data and user are removed. On the server, run: hostpulse hosts forget HOST'
}

# Without systemd, an agent may run that this host starts in its own way. userdel refuses a user with processes.
stop_agent() {
  for program in "/usr/local/bin/$name" "/opt/$name/bin/$name" "$state_dir/bin/$name"; do
    [ -e "$program" ] || continue
    for process in /proc/[0-9]*; do
      [ "$process/exe" -ef "$program" ] || continue
      kill "${process#/proc/}" 2>/dev/null || continue
      seconds=0
      while [ -d "$process" ] && [ $seconds -lt 30 ]; do
        sleep 1
        seconds=$((seconds + 1))
      done
    done
  done
}

main "$@"
