# One image for exporter, gateway, relay and stack setup; the subcommand selects the program.
FROM node:26.10.0-alpine AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
# Keeps optional packages, because @resvg/resvg-js ships its binaries in them. Removes only the packaged Node: the image has one.
RUN node_modules/.bin/tsc -p tsconfig.build.json && node scripts/console-build.ts dist/console \
  && npm prune --omit=dev && rm -rf dist/bench node_modules/node-linux-* node_modules/.bin/node

FROM node:26.10.0-alpine
WORKDIR /opt/hostpulse
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=build /build/package.json /build/LICENSE /build/NOTICE /build/prometheus.yml /build/alertmanager.yml ./
COPY --from=build /build/rules rules
COPY --from=build /build/grafana/dashboards grafana/dashboards
# The gateway hands out the script that adds a host.
COPY --from=build /build/deploy/agent/install.sh deploy/agent/install.sh
# The containers of Prometheus, Alertmanager and Grafana run as the same user, so that all of them can read the shared volumes.
RUN mkdir -p /data/prometheus /data/prometheus-data /data/alertmanager /data/grafana /data/exporter /data/buffer && chown -R 65534:65534 /data
USER 65534:65534
VOLUME /data
# A container runs one program, on its default port: exporter 9100, gateway 9180, relay 9194. A container in the host's network
# namespace or on another port sets its own check, as the exporter in docker-compose.yml does.
HEALTHCHECK --interval=15s --timeout=5s --retries=3 --start-period=30s \
  CMD for port in 9100 9180 9194; do wget -q --spider "http://127.0.0.1:$port/-/ready" 2>/dev/null && exit 0; done; exit 1
ENTRYPOINT ["node", "dist/bin/hostpulse.js"]
