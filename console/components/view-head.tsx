/** Renders the heading of a view: title, path to the parent view, and actions. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface ViewHeadProps {
  readonly title: string;
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
    document.title = title.startsWith('hostpulse / ') ? title : `${title} - hostpulse`;
  }, [title]);
}
