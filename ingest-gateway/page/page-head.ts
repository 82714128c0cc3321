/** The top of the page: the name, the components' health, and the way out. */
import type { Health } from '../health.ts';
import { type Html, html } from './html.ts';

export function pageHead({ components }: Health): Html {
  const pills = Object.entries(components).map(
    ([name, { status, reason }]) =>
      html`<span class="pill ${status === 'ok' ? 'good' : 'bad'}" title="${reason ?? 'works'}">${name}</span>`,
  );
  return html`<header>
<strong><a href="/">hostpulse</a></strong>
${pills}
<form method="post" action="/logout"><button>Log out</button></form>
</header>`;
}
