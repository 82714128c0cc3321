/** Asks before something is lost; what goes wrong is told where it was asked. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './problem-note.tsx';

export interface ConfirmDialogProps {
  readonly title: string;
  /** On the button that does it. */
  readonly action: string;
  /** Closes the dialog once it is done; what it throws is shown. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function ConfirmDialog({ title, action, onConfirm, onClose, children }: ConfirmDialogProps) {
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
      {failure === undefined ? null : <ProblemNote title="That did not work" error={failure} />}
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
