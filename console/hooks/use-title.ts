/** The document's title: tabs and history name the view. */
import { useEffect } from 'preact/hooks';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title.startsWith('hostpulse') ? title : `${title} - hostpulse`;
  }, [title]);
}
