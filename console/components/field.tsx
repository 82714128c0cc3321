/** A form field: label, input, hint and error message, linked for screen readers. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** Attributes that the input must have. */
interface FieldInput {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly fault?: string | undefined;
  readonly children: (input: FieldInput) => ComponentChildren;
}

export function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId();
  const notes = [fault === undefined ? undefined : `${id}-fault`, hint === undefined ? undefined : `${id}-hint`];
  const describedBy = notes.filter((each) => each !== undefined).join(' ');
  return (
    <div class="field form-field">
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-describedby': describedBy === '' ? undefined : describedBy,
        'aria-invalid': fault === undefined ? undefined : 'true',
      })}
      {fault === undefined ? null : (
        <p class="field-problem" id={`${id}-fault`}>
          {fault}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
