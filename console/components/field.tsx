/** Renders form fields: label, input, hint and error message, linked for screen readers. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icon.tsx';

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

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Number of lines. Absent: an input of one line. */
  readonly rows?: number;
  /** More attributes of the input. */
  readonly input?: {
    readonly class?: string;
    readonly spellcheck?: boolean;
    readonly autocomplete?: 'off';
    readonly inputMode?: 'decimal';
    readonly required?: boolean;
    readonly onKeyDown?: (event: KeyboardEvent) => void;
  };
}

export function TextField({ value, onChange, rows, input, ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      {(linked) => {
        const onInput = (event: { readonly currentTarget: { readonly value: string } }) =>
          onChange(event.currentTarget.value);
        const attributes = { ...linked, ...input, value, onInput };
        return rows === undefined ? <input {...attributes} /> : <textarea {...attributes} rows={rows} />;
      }}
    </Field>
  );
}

/** Attributes of a text that is no prose. */
export const codeInput = { class: 'code', spellcheck: false } as const;

interface SelectFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Options with other texts than their values, or groups of options. */
  readonly children?: ComponentChildren;
  readonly options?: readonly string[];
}

export function SelectField({ value, onChange, options = [], children, ...field }: SelectFieldProps) {
  return (
    <Field {...field}>
      {(linked) => (
        <select {...linked} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {children}
          <Options values={options} />
        </select>
      )}
    </Field>
  );
}

export function Options({ values }: { readonly values: readonly string[] }) {
  return (
    <>
      {values.map((value) => (
        <option key={value} value={value}>
          {value}
        </option>
      ))}
    </>
  );
}

/** Suggestions of an input with the attribute `list`. */
export function Suggestions({ id, values }: { readonly id: string; readonly values: readonly string[] }) {
  return (
    <datalist id={id}>
      {values.map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}

export function CloseButton({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="plain" aria-label={label} onClick={onClick}>
      <Icon name="close" />
    </button>
  );
}
