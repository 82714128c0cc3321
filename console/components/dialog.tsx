/** Renders modal dialogs. The browser traps the focus and closes the dialog on Escape; a click on the backdrop closes it, too. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { CloseButton } from './field.tsx';
import { ProblemNote } from './notices.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Renders an open dialog. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog
      ref={element}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === element.current) element.current?.close();
      }}
    >
      <div class="dialog-head">
        <h2>{title}</h2>
        <CloseButton label="Close" onClick={() => element.current?.close()} />
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

interface ConfirmDialogProps {
  readonly title: string;
  /** Label of the confirm button. */
  readonly action: string;
  /** Title of the message if the action fails. */
  readonly failureTitle: string;
  /** Closes the dialog on success. The dialog shows the error of a rejection. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function ConfirmDialog({ title, action, failureTitle, onConfirm, onClose, children }: ConfirmDialogProps) {
  const [failure, setFailure] = useState<unknown>(undefined);
  const [isRunning, setRunning] = useState(false);
  const confirm = async () => {
    setRunning(true);
    try {
      await onConfirm();
    } catch (error) {
      setFailure(error);
      setRunning(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {failure === undefined ? null : <ProblemNote title={failureTitle} error={failure} />}
      <div class="form-actions">
        <button type="button" class="danger" disabled={isRunning} onClick={() => void confirm()}>
          {action}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}
