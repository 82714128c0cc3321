/**
 * The form that acknowledges an alert by a signed link, without a login. Opening the link changes nothing, because chat and mail
 * programs open links for previews; the form confirms by POST.
 */
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { alertPath } from '../../common/page/paths.ts';
import { verifyAckLink } from '../../common/store/ack-links.ts';
import { acknowledge, acknowledgementLimits } from '../../common/store/acknowledgements.ts';
import { type Episode, openEpisodesAlike, tryEpisode } from '../../common/store/relay-records.ts';
import type { Database } from '../../common/store/schema.ts';
import { setRoute } from '../http/http-metrics.ts';
import { holderName, holderNote } from '../schema/acknowledgement.ts';
import { type Html, html } from './html/html.ts';
import { sendPage } from './html/layout.ts';

export interface AckOptions {
  readonly db: Database;
  readonly now: () => number;
}

/** The alerts that a valid link acknowledges. */
interface Subject {
  /** The open episodes; empty once all are resolved. */
  readonly episodes: readonly Episode[];
  /** The episode of the link. */
  readonly own: Episode;
}

export function ackRoutes({ db, now }: AckOptions): Router {
  const router = Router();

  const show: RequestHandler = async (request, response) => {
    setRoute(response, 'ack');
    const query = queryOf(request);
    const subject = await readSubject(query, response);
    if (subject !== undefined) sendForm(response, { subject, query, name: '', note: '', faults: {} });
  };

  const confirm: RequestHandler = async (request, response) => {
    setRoute(response, 'ack');
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const query = queryOf(request);
    const subject = await readSubject(query, response);
    if (subject === undefined) return;
    const [name, note] = [form.get('name') ?? '', form.get('note') ?? ''];
    const [by, remark] = [holderName.safeParse(name), holderNote.safeParse(note)];
    if (!by.success || !remark.success) {
      const faults = { name: by.error?.issues[0]?.message, note: remark.error?.issues[0]?.message };
      return sendForm(response, { subject, query, name, note, faults });
    }
    const episodeIds = subject.episodes.map(({ id }) => id);
    const results = await acknowledge(db, { episodeIds, by: by.data, note: remark.data, nowMs: now() });
    const held = [...results.values()].filter((result) => result !== 'ended').length;
    const own = (await tryEpisode(db, subject.own.id)) ?? subject.own;
    if (held === 0) return sendEnded(response, own);
    const isRepeated = [...results.values()].every((result) => result === 'changed' || result === 'unchanged');
    sendDone(response, { own, count: held, by: by.data, isRepeated });
  };

  /** Returns undefined after a page that says why the link cannot be used. */
  async function readSubject(query: URLSearchParams, response: Response): Promise<Subject | undefined> {
    const link = await verifyAckLink(db, query, now());
    if (link.kind !== 'valid') return sendRefusal(response, link.kind);
    const { episode: own, scope } = link;
    const alike = scope === 'group' ? await openEpisodesAlike(db, own) : [own];
    const episodes = alike.filter(({ closed_at }) => closed_at === null);
    if (episodes.length > 0) return { episodes, own };
    sendEnded(response, own);
    return undefined;
  }

  router.get('/ack', show);
  router.post('/ack', express.text({ type: 'application/x-www-form-urlencoded', limit: 16_384 }), confirm);
  return router;
}

function queryOf({ originalUrl }: Request): URLSearchParams {
  return new URLSearchParams(originalUrl.split('?')[1] ?? '');
}

interface FormPage {
  readonly subject: Subject;
  readonly query: URLSearchParams;
  readonly name: string;
  readonly note: string;
  readonly faults: { readonly name?: string | undefined; readonly note?: string | undefined };
}

function sendForm(response: Response, { subject: { episodes, own }, query, name, note, faults }: FormPage): void {
  const fault = (place: 'name' | 'note'): Html | string =>
    faults[place] === undefined
      ? ''
      : html`<p class="bad" id="${place}-problem" role="alert">${capitalise(faults[place])}.</p>`;
  const faulty = (place: 'name' | 'note'): Html | string =>
    faults[place] === undefined ? '' : html` aria-invalid="true" aria-describedby="${place}-problem"`;
  const status = faults.name === undefined && faults.note === undefined ? 200 : 400;
  sendAckPage(
    response,
    status,
    html`<h2>${titleOf(episodes, own)}</h2>
${summaryOf(episodes, own)}
${holderOf(episodes)}
<form method="post" action="/ack?${String(query)}">
<label for="name">Your name</label>
<input id="name" name="name" value="${name}" maxlength="${acknowledgementLimits.name}" autocomplete="name" required autofocus${faulty('name')}>
${fault('name')}
<label for="note">Note (optional)</label>
<input id="note" name="note" value="${note}" maxlength="${acknowledgementLimits.note}"${faulty('note')}>
${fault('note')}
<button class="primary">Acknowledge</button>
</form>
<p class="quiet">Reminders and escalation stop until the alert is resolved. The channels learn who has it.</p>`,
  );
}

function titleOf(episodes: readonly Episode[], { alertname, host }: Episode): string {
  if (episodes.length > 1) return `${alertname}: ${episodes.length} alerts`;
  return host === null ? alertname : `${alertname} on ${host}`;
}

function summaryOf(episodes: readonly Episode[], { annotations }: Episode): Html | string {
  const { summary } = annotations;
  return episodes.length > 1 || summary === undefined ? '' : html`<p>${summary}</p>`;
}

function holderOf([first, ...others]: readonly Episode[]): Html | string {
  const by = first?.acknowledged_by ?? null;
  if (first === undefined || by === null || others.some((each) => each.acknowledged_by !== by)) return '';
  const { acknowledged_at: atMs, acknowledged_note: note } = first;
  const since = new Date(atMs ?? 0).toISOString().slice(0, 16).replace('T', ' ');
  return html`<p>${by} has ${others.length > 0 ? 'these alerts' : 'this alert'} since ${since} UTC${note === null ? '' : `: ${note}`}. Your acknowledgement replaces this one.</p>`;
}

interface DonePage {
  readonly own: Episode;
  readonly count: number;
  readonly by: string;
  /** Whether every alert was acknowledged before. */
  readonly isRepeated: boolean;
}

function sendDone(response: Response, { own, count, by, isRepeated }: DonePage): void {
  const what = count > 1 ? `${count} alerts` : 'the alert';
  const text = isRepeated ? `The acknowledgement is changed: ${by} has ${what}.` : `${by} has ${what}.`;
  sendAckPage(response, 200, html`<h2>Acknowledged</h2><p>${text}</p>${linkTo(own)}`);
}

function sendEnded(response: Response, own: Episode): void {
  const at =
    own.closed_at === null ? '' : ` since ${new Date(own.closed_at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  sendAckPage(
    response,
    409,
    html`<h2>Nothing to acknowledge</h2><p>The alert ${titleOf([], own)} is resolved${at}.</p>${linkTo(own)}`,
  );
}

function sendRefusal(response: Response, kind: 'expired' | 'forged'): undefined {
  const [status, title, text] =
    kind === 'expired'
      ? ([
          410,
          'This link has expired',
          'Use the link of a newer message, or acknowledge the alert on its page.',
        ] as const)
      : ([403, 'This link is not valid', 'The link is incomplete or was changed. Nothing was acknowledged.'] as const);
  sendAckPage(response, status, html`<h2>${title}</h2><p>${text}</p><p><a href="/alerts">Open the alerts</a></p>`);
  return undefined;
}

function linkTo({ id }: Episode): Html {
  return html`<p><a href="${alertPath(id)}">Open the alert</a></p>`;
}

function sendAckPage(response: Response, status: number, body: Html): void {
  sendPage(response, {
    status,
    title: 'Acknowledge - hostpulse',
    body: html`<main class="narrow"><h1>hostpulse</h1><section>${body}</section></main>`,
  });
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
