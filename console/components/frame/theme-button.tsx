/** As the system has it, light, dark: one button that goes round. */
import { useStore } from '../../hooks/store.ts';
import { useServices } from '../../services.ts';
import type { ThemeChoice } from '../../theme/theme.ts';
import { Icon, type IconName } from '../icon.tsx';

const next: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: 'light', light: 'dark', dark: 'system' };
const faces: Readonly<Record<ThemeChoice, IconName>> = { system: 'auto', light: 'sun', dark: 'moon' };
const names: Readonly<Record<ThemeChoice, string>> = { system: 'as the system', light: 'light', dark: 'dark' };

export function ThemeButton() {
  const { theme } = useServices();
  const choice = useStore(theme.choice);
  const label = `Theme: ${names[choice]}; change to ${names[next[choice]]}`;
  return (
    <button type="button" class="plain" aria-label={label} title={label} onClick={() => theme.choose(next[choice])}>
      <Icon name={faces[choice]} />
    </button>
  );
}
