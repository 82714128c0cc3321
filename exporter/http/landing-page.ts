/** Renders the page at `/`: the exporter's version and links to its endpoints. */
export function renderLandingPage(version: string, telemetryPath: string): string {
  const links = [
    [telemetryPath, 'Metrics'],
    ['/-/healthy', 'Health'],
    ['/-/ready', 'Readiness'],
  ] as const;
  const items = links.map(([path, name]) => `<li><a href="${escapeHtml(path)}">${name}</a></li>`).join('\n');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>hostpulse exporter</title></head>
<body>
<h1>hostpulse exporter</h1>
<p>Version ${escapeHtml(version)}, node ${process.versions.node}</p>
<ul>
${items}
</ul>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
