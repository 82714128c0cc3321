/** The first line of a view: its name, and what can be done. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

export interface ViewHeadProps {
  readonly title: string;
  /** Where one came from. */
  readonly parent?: { readonly title: string; readonly path: string };
  readonly children?: ComponentChildren;
}

export function ViewHead({ title, parent, children }: ViewHeadProps) {
  useTitle(title);
  return (
    <div class="view-head">
      <div class="view-title">
        {parent === undefined ? null : (
          <>
            <a href={parent.path}>{parent.title}</a>
            <span aria-hidden="true">/</span>
          </>
        )}
        <h1>{title}</h1>
      </div>
      <div class="view-actions">{children}</div>
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title.startsWith('hostpulse') ? title : `${title} - hostpulse`;
  }, [title]);
}
