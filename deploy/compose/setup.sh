#!/bin/sh
# Run by the service setup of docker-compose.yml at each start: creates what is missing, and writes scrape targets and
# the configuration of Alertmanager.
set -eu

hostpulse() {
  node dist/bin/hostpulse.js "$@"
}

hostpulse up --data-dir=/data --secrets-only
hostpulse tiers restore-hints /data/prometheus-data

# The exporter's key, bound to the name of this host. Created again when the name or the database changes.
key=/data/exporter/key
place="$HOST_NAME in ${HOSTPULSE_GATEWAY_DATABASE_URL_FILE:-/data/hostpulse.db}"
if [ ! -s "$key" ] || [ "$(cat "$key.place" 2>/dev/null)" != "$place" ]; then
  name="exporter-of-$HOST_NAME"
  before=$(cat "$key.place" 2>/dev/null || true)
  for old in "$name" "exporter-of-${before%% in *}"; do
    hostpulse key revoke "$old" --database.path=/data/hostpulse.db >/dev/null 2>&1 || true
  done
  (umask 077 && hostpulse key create --name="$name" --scope=push --host="$HOST_NAME" --database.path=/data/hostpulse.db >"$key.new")
  mv "$key.new" "$key"
  printf '%s' "$place" >"$key.place"
fi

# The gateway adds the targets of scraped hosts to the folder node.
targets=/data/prometheus/targets
mkdir -p "$targets/node"
for target in alertmanager=alertmanager:9093 gateway=gateway:9180 prometheus=prometheus:9090 relay=relay:9194; do
  mkdir -p "$targets/${target%%=*}"
  printf '[{"targets": ["%s"], "labels": {"instance": "%s"}}]\n' "${target#*=}" "$HOST_NAME" >"$targets/${target%%=*}/compose.yml"
done

# The relay is another container.
config=/data/alertmanager/alertmanager.yml
sed 's|http://127\.0\.0\.1:9194/|http://relay:9194/|' alertmanager.yml >"$config.new"
mv "$config.new" "$config"
