/** What a panel shows, in a sentence, behind a small button. */
import { useState } from 'preact/hooks';
import { Icon } from '../icon.tsx';
import { MenuButton } from '../menu-button.tsx';

export function PanelInfo({ title, text }: { readonly title: string; readonly text: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <MenuButton label={`About ${title}`} face={<Icon name="info" />} isOpen={isOpen} onToggle={setOpen}>
      <p class="panel-about">{text}</p>
    </MenuButton>
  );
}
