/** What went wrong with one thing on the page, in the gateway's words, with what can be done. */
import type { ComponentChildren } from 'preact';
import { renderProblem } from '../api/problem.ts';
import { Icon } from './icon.tsx';

export interface ProblemNoteProps {
  /** What could not be done. */
  readonly title: string;
  readonly error?: unknown;
  /** In place of all that the error says: what is not told elsewhere. */
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
