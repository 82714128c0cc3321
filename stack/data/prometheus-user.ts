/** User of Prometheus' basic authentication. prometheus.yml names the same user for the job that scrapes Prometheus. */
export const prometheusUser = 'hostpulse';
