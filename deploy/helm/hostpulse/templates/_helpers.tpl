{{- define "hostpulse.name" -}}
{{- if contains "hostpulse" .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- else -}}{{ printf "%s-hostpulse" .Release.Name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "hostpulse.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* Call with (list . "component"). */}}
{{- define "hostpulse.selector" -}}
app.kubernetes.io/name: hostpulse
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "hostpulse.labels" -}}
{{ include "hostpulse.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ (index . 0).Chart.Name }}-{{ (index . 0).Chart.Version }}
{{- end -}}

{{- define "hostpulse.podSecurity" -}}
automountServiceAccountToken: false
securityContext: {runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "hostpulse.tight" -}}
{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
{{- end -}}

{{/* Arguments from a map of settings by the names of their flags. Helm reads numbers as floats, which print as 2e+07. */}}
{{- define "hostpulse.settings" -}}
{{- range $name, $value := . }}
- --{{ $name }}={{ if and (kindIs "float64" $value) (eq (floor $value) $value) }}{{ int64 $value }}{{ else }}{{ $value }}{{ end }}
{{- end }}
{{- end -}}

{{- define "hostpulse.passwords" -}}
{{ .Values.passwords.existingSecret | default (printf "%s-passwords" (include "hostpulse.name" .)) }}
{{- end -}}

{{- define "hostpulse.databaseSecret" -}}
{{ .Values.database.existingSecret | default (printf "%s-database" (include "hostpulse.name" .)) }}
{{- end -}}

{{- define "hostpulse.prometheusUrl" -}}
{{- if .Values.prometheus.enabled -}}http://{{ include "hostpulse.name" . }}-prometheus:9090{{- else -}}{{ required "prometheus.url is required when prometheus.enabled is false" .Values.prometheus.url }}{{- end -}}
{{- end -}}

{{- define "hostpulse.alertmanagerUrl" -}}
{{- if .Values.alertmanager.enabled -}}http://{{ include "hostpulse.name" . }}-alertmanager:9093{{- else -}}{{ required "alertmanager.url is required when alertmanager.enabled is false" .Values.alertmanager.url }}{{- end -}}
{{- end -}}

{{/* Where Prometheus and Alertmanager are, and the credentials for those of the chart. */}}
{{- define "hostpulse.backendArgs" -}}
- --prometheus.url={{ include "hostpulse.prometheusUrl" . }}
- --alertmanager.url={{ include "hostpulse.alertmanagerUrl" . }}
{{- range $name := list "prometheus" "alertmanager" }}
{{- if (index $.Values $name).enabled }}
- --{{ $name }}.basic-auth.username=hostpulse
- --{{ $name }}.basic-auth.password-file=/etc/hostpulse/passwords/{{ $name }}-password
{{- end }}
{{- end }}
- --public-url={{ .Values.publicUrl }}
{{- end -}}

{{- define "hostpulse.databaseVolume" -}}
name: database
secret: {secretName: {{ include "hostpulse.databaseSecret" . }}, items: [{key: url, path: url}]}
{{- end -}}

{{- define "hostpulse.storage" -}}
accessModes: [ReadWriteOnce]
{{- with .className }}
storageClassName: {{ . }}
{{- end }}
resources: {requests: {storage: {{ .size }}}}
{{- end -}}

{{/* Creates an API key at each start of a pod: (dict "root" . "name" .. "scope" .. "host" .. ). The key of the pod before is revoked. */}}
{{- define "hostpulse.keyContainer" -}}
name: key
image: {{ include "hostpulse.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
command: [sh, -euc]
args:
  - |
    hostpulse() { node dist/bin/hostpulse.js "$@" --database.url-file=/etc/hostpulse/database/url; }
    hostpulse key revoke "$KEY_NAME" || true
    umask 077
    hostpulse key create --name="$KEY_NAME" --scope={{ .scope }}{{ if .perNode }} --host="$NODE_NAME"{{ end }} > /key/key
env:
  {{- if .perNode }}
  - name: NODE_NAME
    valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
  - {name: KEY_NAME, value: {{ printf "%s-node-$(NODE_NAME)" (include "hostpulse.name" .root) | quote }}}
  {{- else }}
  - {name: KEY_NAME, value: {{ .name | quote }}}
  {{- end }}
securityContext: {{ include "hostpulse.tight" .root }}
volumeMounts:
  - {name: database, mountPath: /etc/hostpulse/database, readOnly: true}
  - {name: key, mountPath: /key}
{{- end -}}

{{/* A probe of Prometheus or Alertmanager, which require a password: (dict "program" .. "port" ..). */}}
{{- define "hostpulse.readyProbe" -}}
exec:
  command:
    - sh
    - -c
    - >-
      wget -q --spider --header="Authorization: Basic $(printf 'hostpulse:%s' "$(cat /etc/{{ .program }}/{{ .program }}-password)" | base64 | tr -d '\n')"
      http://127.0.0.1:{{ .port }}/-/ready
timeoutSeconds: 5
{{- end -}}
