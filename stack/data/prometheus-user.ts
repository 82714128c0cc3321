/** User of Prometheus' basic authentication. prometheus.yml names the same user for Prometheus' scrape of its own metrics. */
export const prometheusUser = 'hostpulse';
