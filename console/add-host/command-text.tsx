/** Renders a command or a file, with a button that copies it. */
import { useRef, useState } from 'preact/hooks';

export function CommandText({ label, text }: { readonly label: string; readonly text: string }) {
  const element = useRef<HTMLPreElement>(null);
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Browsers offer the clipboard over TLS and on loopback only: the text is selected for the keyboard.
      if (element.current !== null) getSelection()?.selectAllChildren(element.current);
    }
  };
  return (
    <div class="command">
      <pre ref={element} aria-label={label} tabIndex={0}>
        {text}
      </pre>
      <button type="button" onClick={() => void copy()}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
