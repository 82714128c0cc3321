# One image for exporter, gateway, relay and the set-up of a stack; the subcommand says which.
FROM node:24.21.0-alpine3.22 AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm install --no-save --include=dev
COPY . .
RUN node_modules/.bin/tsc -p tsconfig.build.json && node scripts/console-build.ts dist/console && npm prune --omit=dev --omit=optional

FROM node:24.21.0-alpine3.22
WORKDIR /opt/hostpulse
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=build /build/package.json /build/prometheus.yml /build/alertmanager.yml ./
COPY --from=build /build/rules rules
COPY --from=build /build/grafana/dashboards grafana/dashboards
# Prometheus', Alertmanager's and Grafana's containers run as the same user: what one writes into a shared volume the other can read.
RUN mkdir -p /data/prometheus /data/alertmanager /data/grafana && chown -R 65534:65534 /data
USER 65534:65534
VOLUME /data
ENTRYPOINT ["node", "dist/bin/hostpulse.js"]
