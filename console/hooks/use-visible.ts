/** Whether an element is on the screen, or nearly so; undefined until it is known. */
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Drawn before it is scrolled to. */
const margin = '200px 0px';

export function useVisible(element: RefObject<Element | null>): boolean | undefined {
  const [isVisible, setVisible] = useState<boolean | undefined>(undefined);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver((entries) => setVisible(entries.at(-1)?.isIntersecting === true), {
      rootMargin: margin,
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return isVisible;
}
