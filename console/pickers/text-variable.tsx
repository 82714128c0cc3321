/** A variable that is typed. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';

export interface TextVariableProps {
  readonly label: string;
  readonly value: string;
  readonly onChoose: (value: string) => void;
}

export function TextVariable({ label, value, onChoose }: TextVariableProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [typed, setTyped] = useState(value);
  useEffect(() => field.current?.focus(), []);
  const apply = (event: Event) => {
    event.preventDefault();
    onChoose(typed.trim());
  };
  return (
    <form class="text-variable" onSubmit={apply}>
      <div class="field">
        <label for={id}>{label}: a regular expression</label>
        <textarea
          id={id}
          ref={field}
          rows={4}
          value={typed}
          spellcheck={false}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') apply(event);
          }}
        />
      </div>
      <button class="primary">Apply</button>
    </form>
  );
}
