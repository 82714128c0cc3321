/** Renders the views `/rules/<id>` and `/rules/new`: state and form of a rule. */
import { useState } from 'preact/hooks';
import { alertsPath, rulesPath } from '../../common/page/paths.ts';
import { ApiProblem } from '../api/problem.ts';
import { type Rule, rulesApiPath } from '../api/rules.ts';
import { ConfirmDialog } from '../components/dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { Loading, NotLoaded, ProblemNote } from '../components/notices.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { useGet, useServices, useSession } from '../hooks/services.ts';
import { useRefresh } from '../pickers/refresh-control.tsx';
import { emptyDraft } from '../rules/form/draft.ts';
import { editOf, newEdit } from '../rules/form/rule-edit.ts';
import { RuleForm } from '../rules/form/rule-form.tsx';
import { RuleFacts } from '../rules/rule-state.tsx';
import type { ViewProps } from '../state/route.ts';

export function RuleView({ parameters: { id = '' } }: ViewProps) {
  const session = useSession();
  const refresh = useRefresh();
  const loaded = useGet<Rule>(`${rulesApiPath}/${encodeURIComponent(id)}`, refresh.nowMs);
  const { data, error } = loaded;
  if (data === undefined || session === undefined || data.id !== id)
    return <NotLoaded {...loaded} what="the rule" link={{ path: rulesPath, text: 'Show all rules' }} />;
  return (
    <OpenRule
      key={id}
      rule={data}
      error={error}
      mayWrite={session.may_write}
      nowMs={refresh.nowMs}
      onSaved={refresh.refresh}
    />
  );
}

interface OpenRuleProps {
  readonly rule: Rule;
  /** Why the newest refresh failed. The form stays open, because it may hold changes. */
  readonly error: unknown;
  readonly mayWrite: boolean;
  readonly nowMs: number;
  readonly onSaved: () => void;
}

function OpenRule({ rule, error, mayWrite, nowMs, onSaved }: OpenRuleProps) {
  const { api, navigation } = useServices();
  const [isAsking, setAsking] = useState(false);
  /** The version that the form starts from: the rule as opened, or as last saved by this form. */
  const [opened, setOpened] = useState({ rule, saves: 0 });
  const isDeleted = error instanceof ApiProblem && error.status === 404;
  const remove = async () => {
    await api.send('DELETE', `${rulesApiPath}/${encodeURIComponent(rule.id)}`, { ifRevision: rule.revision });
    navigation.go(rulesPath);
  };
  return (
    <>
      <ViewHead title={rule.name} parent={{ title: 'Rules', path: rulesPath }}>
        <a class="button" href={`${alertsPath}?${new URLSearchParams({ rule: rule.name })}`}>
          <Icon name="bell" /> Show alerts
        </a>
        <button type="button" class="danger" disabled={!mayWrite} onClick={() => setAsking(true)}>
          <Icon name="trash" /> Delete rule
        </button>
      </ViewHead>
      <RuleFacts rule={rule} nowMs={nowMs} />
      {error === undefined || isDeleted ? null : <ProblemNote title="Cannot refresh the rule" error={error} />}
      <RuleForm
        key={opened.saves}
        initial={editOf(opened.rule)}
        ruleId={rule.id}
        latest={isDeleted ? 'deleted' : rule}
        mayWrite={mayWrite}
        isSaved={opened.saves > 0}
        onSaved={(saved) => {
          if (saved.id !== rule.id) return navigation.go(`${rulesPath}/${encodeURIComponent(saved.id)}`);
          setOpened(({ saves }) => ({ rule: saved, saves: saves + 1 }));
          onSaved();
        }}
      />
      {isAsking ? (
        <ConfirmDialog
          title={`Delete ${rule.name}?`}
          action="Delete rule"
          failureTitle="Rule not deleted"
          onConfirm={remove}
          onClose={() => setAsking(false)}
        >
          <p>Firing alerts of this rule are resolved. The history is kept.</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

export function NewRuleView() {
  const { navigation } = useServices();
  const session = useSession();
  if (session === undefined) return <Loading what="the form" />;
  return (
    <>
      <ViewHead title="Create rule" parent={{ title: 'Rules', path: rulesPath }} />
      <RuleForm
        initial={newEdit(emptyDraft)}
        mayWrite={session.may_write && session.host === undefined}
        onSaved={({ id }) => navigation.go(`${rulesPath}/${encodeURIComponent(id)}`)}
      />
    </>
  );
}
