/** Renders messages: a notice instead of content, an error, and the reason why a form is read-only. */
import type { ComponentChildren } from 'preact';
import { outageText, renderProblem } from '../api/problem.ts';
import { useServices, useStore } from '../hooks/services.ts';
import { Icon } from './icon.tsx';

interface NoticeProps {
  readonly title: string;
  readonly text?: string;
  readonly tone?: 'quiet' | 'bad';
  readonly link?: { readonly path: string; readonly text: string };
}

export function Notice({ title, text, tone = 'quiet', link }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <p class="notice-title">{title}</p>
      {text === undefined ? null : <p class="notice-text">{text}</p>}
      {link === undefined ? null : <a href={link.path}>{link.text}</a>}
    </div>
  );
}

interface ProblemNoteProps {
  /** The action that failed. */
  readonly title: string;
  readonly error?: unknown;
  /** Replaces the message of the error. */
  readonly text?: string;
  readonly children?: ComponentChildren;
}

export function ProblemNote({ title, error, text = renderProblem(error), children }: ProblemNoteProps) {
  return (
    <div class="note bad" role="alert">
      <Icon name="warning" />
      <div>
        <p class="note-title">{title}</p>
        {text === '' ? null : <p class="note-text">{text}</p>}
        {children}
      </div>
    </div>
  );
}

export function ReadOnly({ what }: { readonly what: string }) {
  return (
    <div class="note" role="note">
      <Icon name="lock" />
      <p>
        Read-only: this session cannot change {what}. Log in with an API key of the scope <code>admin</code>, or with
        the link from <code>hostpulse key login-link</code>.
      </p>
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  const { api } = useServices();
  const outage = useStore(api.outage);
  if (outage !== undefined)
    return (
      <p class="card empty-note" role="status">
        <Icon name="warning" /> Cannot load {what}: {outageText(outage)}
      </p>
    );
  return (
    <div class="loading" role="status">
      <span class="hidden-label">Loading {what}</span>
      <i aria-hidden="true" />
      <i aria-hidden="true" />
      <i aria-hidden="true" />
    </div>
  );
}

interface NotLoadedProps extends LoadStatusProps, Pick<NoticeProps, 'link'> {
  readonly isLoading: boolean;
}

/** Replaces a view without data: a placeholder, or the error. A view that shows the data of an earlier key waits. */
export function NotLoaded({ data, error, isLoading, what, ...rest }: NotLoadedProps) {
  if (error === undefined || (data !== undefined && isLoading)) return <Loading what={what} />;
  return <Notice tone="bad" title={`Cannot load ${what}`} text={renderProblem(error)} {...rest} />;
}

interface LoadStatusProps {
  readonly data: unknown;
  readonly error: unknown;
  /** Name of the data, with its article. */
  readonly what: string;
}

/** Renders the error of the newest load, or a placeholder until the first data arrive. */
export function LoadStatus({ data, error, what }: LoadStatusProps) {
  if (error !== undefined) return <ProblemNote title={`Cannot load ${what}`} error={error} />;
  return data === undefined ? <Loading what={what} /> : null;
}
