/** `?`: every shortcut that works now. */
import { useState } from 'preact/hooks';
import { useStore } from '../../hooks/store.ts';
import { useShortcuts } from '../../hooks/use-shortcuts.ts';
import { useServices } from '../../services.ts';
import { Dialog } from '../dialog.tsx';
import { Icon } from '../icon.tsx';

export function HelpDialog() {
  const { shortcuts } = useServices();
  const list = useStore(shortcuts.list);
  const [isOpen, setOpen] = useState(false);
  useShortcuts([{ keys: '?', label: 'This list', run: () => setOpen(true) }]);
  if (!isOpen)
    return (
      <button type="button" class="plain help" aria-label="Keys" title="Keys (?)" onClick={() => setOpen(true)}>
        <Icon name="help" />
      </button>
    );
  return (
    <Dialog title="Keys" onClose={() => setOpen(false)}>
      <table class="keys">
        <tbody>
          {list.map(({ keys, label }) => (
            <tr key={keys}>
              <th scope="row">
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{label}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">drag</th>
            <td>Zoom in on a chart; double click zooms out</td>
          </tr>
          <tr>
            <th scope="row">click, Ctrl+click</th>
            <td>Legend: this series alone, or on and off</td>
          </tr>
        </tbody>
      </table>
    </Dialog>
  );
}
