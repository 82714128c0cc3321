/** Renders the form rows of a silence's matchers. */
import { useId } from 'preact/hooks';
import {
  type LabelMatcher,
  type MatcherOperator,
  matcherOperators,
  operatorOf,
  withOperator,
} from '../../common/alertmanager/matchers.ts';
import { CloseButton, Suggestions } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { type DraftFaults, emptyMatcher } from './draft.ts';

interface MatcherRowsProps {
  readonly matchers: readonly LabelMatcher[];
  /** Label names of active alerts, as suggestions. */
  readonly names: readonly string[];
  readonly faults: DraftFaults;
  readonly onChange: (matchers: readonly LabelMatcher[]) => void;
}

const operatorLabels: Readonly<Record<MatcherOperator, string>> = {
  '=': '= equals',
  '!=': '!= does not equal',
  '=~': '=~ matches',
  '!~': '!~ does not match',
};

export function MatcherRows({ matchers, names, faults, onChange }: MatcherRowsProps) {
  const id = useId();
  const change = (index: number, matcher: LabelMatcher) => onChange(matchers.with(index, matcher));
  return (
    <fieldset class="matchers" aria-describedby={faults['matchers'] === undefined ? undefined : `${id}-fault`}>
      <legend>Mute alerts that match all of these</legend>
      <Suggestions id={`${id}-names`} values={names} />
      {matchers.map((matcher, index) => {
        const fault = faults[`matchers[${index}]`];
        const faultId = `${id}-${index}`;
        const invalid = fault === undefined ? {} : { 'aria-invalid': 'true' as const, 'aria-describedby': faultId };
        return (
          <div class="matcher-row" key={index}>
            <input
              aria-label={`Label ${index + 1}`}
              placeholder="label"
              list={`${id}-names`}
              value={matcher.name}
              spellcheck={false}
              autocomplete="off"
              onInput={({ currentTarget: { value } }) => change(index, { ...matcher, name: value })}
              {...invalid}
            />
            <select
              aria-label={`Operator ${index + 1}`}
              value={operatorOf(matcher)}
              onChange={({ currentTarget: { value } }) =>
                change(index, withOperator(matcher, value as MatcherOperator))
              }
            >
              {matcherOperators.map((operator) => (
                <option key={operator} value={operator}>
                  {operatorLabels[operator]}
                </option>
              ))}
            </select>
            <input
              aria-label={`Value ${index + 1}`}
              placeholder={matcher.isRegex ? 'regular expression' : 'value'}
              value={matcher.value}
              spellcheck={false}
              autocomplete="off"
              onInput={({ currentTarget: { value } }) => change(index, { ...matcher, value })}
              {...invalid}
            />
            <CloseButton
              label={`Remove matcher ${index + 1}`}
              onClick={() => onChange(matchers.filter((_, at) => at !== index))}
            />
            {fault === undefined ? null : (
              <p class="field-problem" id={faultId}>
                {fault}
              </p>
            )}
          </div>
        );
      })}
      {faults['matchers'] === undefined ? null : (
        <p class="field-problem" id={`${id}-fault`}>
          {faults['matchers']}
        </p>
      )}
      <button type="button" onClick={() => onChange([...matchers, emptyMatcher])}>
        <Icon name="plus" /> Add matcher
      </button>
    </fieldset>
  );
}
