/** Renders a button with a panel below it. Escape, a click elsewhere, and moving the focus elsewhere close the panel. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface MenuButtonProps {
  readonly label: string;
  readonly face: ComponentChildren;
  readonly isOpen: boolean;
  readonly onToggle: (isOpen: boolean) => void;
  /** Edge of the button that the panel is aligned with. */
  readonly align?: 'start' | 'end';
  readonly children: ComponentChildren;
}

export function MenuButton({ label, face, isOpen, onToggle, align = 'start', children }: MenuButtonProps) {
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) onToggle(false);
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
    };
  }, [isOpen, onToggle]);

  const closeByEscape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isOpen) return;
    event.stopPropagation();
    onToggle(false);
    button.current?.focus();
  };

  return (
    <div class="menu" ref={place} onKeyDown={closeByEscape}>
      <button
        ref={button}
        type="button"
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => onToggle(!isOpen)}
      >
        {face}
      </button>
      {isOpen ? (
        <div id={id} class={`menu-panel ${align}`}>
          {children}
        </div>
      ) : null}
    </div>
  );
}
