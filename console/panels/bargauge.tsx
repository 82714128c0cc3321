/** Panel `bargauge`: one bar for each series in the order of the query, coloured by thresholds. */
import { showValue } from '../dashboard/field.ts';
import { fillLink } from '../dashboard/link.ts';
import { namedColour } from '../format/colours.ts';
import { useServices, useStore } from '../hooks/services.ts';
import { Empty } from './empty.tsx';
import type { PanelProps } from './panel-props.ts';
import { numbersOf } from './timeseries-data.ts';

export function BarGaugePanel({ panel, answers, selection }: PanelProps) {
  const { theme, navigation } = useServices();
  const scheme = useStore(theme.scheme);
  const { query } = useStore(navigation.address);
  const numbers = numbersOf(panel, answers);
  if (numbers.length === 0) return <Empty panel={panel} selection={selection} />;
  const greatest = Math.max(...numbers.map(({ value = 0 }) => value), 0);
  return (
    <div class="bars" tabIndex={0} role="region" aria-label={panel.title}>
      {numbers.map(({ name, labels, value, field }, index) => {
        const { text, colour } = showValue(field, value);
        const { min = 0, max = greatest, links } = field;
        const share = value === undefined || max <= min ? 0 : Math.min(Math.max((value - min) / (max - min), 0), 1);
        const [link] = links;
        const title =
          link === undefined ? name : <a href={fillLink(link.url, { query, selection, labels, fields: {} })}>{name}</a>;
        return (
          <div class="bar" key={index}>
            <span class="bar-name" title={name}>
              {title}
            </span>
            <span class="bar-track">
              <i style={{ width: `${share * 100}%`, background: namedColour(colour ?? 'blue', scheme) }} />
            </span>
            <span class="bar-value">{text}</span>
          </div>
        );
      })}
    </div>
  );
}
