/** Observes whether an element is on the screen. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** `marginPixels` extends the screen above and below. Returns undefined until observed. */
export function useVisible(element: RefObject<Element | null>, marginPixels: number): boolean | undefined {
  const [isVisible, setVisible] = useState<boolean | undefined>(undefined);
  useLayoutEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver((entries) => setVisible(entries.at(-1)?.isIntersecting === true), {
      rootMargin: `${marginPixels}px 0px`,
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, marginPixels]);
  return isVisible;
}
