/** `stat`: one number, or a few, large; in the colour that their thresholds give. */
import { namedColour } from '../charts/colours.ts';
import { showValue } from '../dashboard/fields/field-value.ts';
import { useStore } from '../hooks/store.ts';
import { useServices } from '../services.ts';
import { Empty } from './empty.tsx';
import { numbersOf } from './numbers.ts';
import type { PanelProps } from './panel-props.ts';
import { Spark } from './spark.tsx';

/** More would be too small to read. */
const maxNumbers = 24;

export function StatPanel({ panel, answers }: PanelProps) {
  const { theme } = useServices();
  const ground = useStore(theme.shown);
  const numbers = numbersOf(panel, answers);
  if (numbers.length === 0) return <Empty panel={panel} />;
  const { graphMode, colorMode, textMode } = panel.options;
  const isNamed = textMode === 'value_and_name' || textMode === 'name' || (textMode !== 'value' && numbers.length > 1);
  return (
    <div class={numbers.length === 1 ? 'stats one' : 'stats'}>
      {numbers.slice(0, maxNumbers).map(({ name, value, column, field }, index) => {
        const { text, colour } = showValue(field, value);
        const shown = colour === undefined || colorMode === 'none' ? undefined : namedColour(colour, ground);
        return (
          <div class="stat" key={index}>
            {graphMode === 'area' && column.length > 1 ? (
              <Spark column={column} colour={shown ?? namedColour('blue', ground)} />
            ) : null}
            <StatText text={textMode === 'name' ? name : text} colour={shown} />
            {isNamed && textMode !== 'name' ? <span class="stat-name">{name}</span> : null}
          </div>
        );
      })}
    </div>
  );
}

/** The number at large, its unit smaller behind it. */
function StatText({ text, colour }: { readonly text: string; readonly colour: string | undefined }) {
  const [, number = text, unit = ''] = /^(-?[\d.]+)(.*)$/.exec(text) ?? [];
  const isWords = number === text && /\s/.test(text);
  return (
    <span class={isWords ? 'stat-value words' : 'stat-value'} style={colour === undefined ? {} : { color: colour }}>
      {number}
      {unit === '' ? null : <small>{unit}</small>}
    </span>
  );
}
