/** What the gateway offers to programs, from the list of its routes. */
import type { Route } from '../route.ts';
import { type Html, html } from './html.ts';

export function apiSection(routes: readonly Route[], baseUrl: string): Html {
  const rows = routes.map(
    ({
      methods,
      path,
      scope,
      summary,
    }) => html`<tr><td><code>${methods.join(', ')} ${path}</code></td><td>${scope ?? 'none'}</td><td>${summary}</td></tr>
`,
  );
  return html`<section>
<h2>For programs</h2>
<pre>hostpulse key create --name my-script --scope read
curl -H "Authorization: Bearer hp_..." "${baseUrl}/api/v1/metrics/current"</pre>
<div class="scroll"><table>
<tr><th>call</th><th>scope</th><th>answer</th></tr>
${rows}</table></div>
<p class="quiet"><a href="/api/v1/health">Health</a> and <a href="/metrics">this gateway's own metrics</a> need no key.
<a href="/docs">The API's document</a> describes each call, docs/metrics.md in the repository each metric.</p>
</section>`;
}
