/** The user of Prometheus' basic authentication; prometheus.yml names it too, for the scrape of itself. */
export const prometheusUser = 'hostpulse';
