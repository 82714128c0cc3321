/** `/rules/new`: a rule is written. */
import { rulesPath } from '../../common/page/paths.ts';
import { useSession } from '../api/session.ts';
import { ViewHead } from '../components/frame/view-head.tsx';
import { Loading } from '../components/loading.tsx';
import { emptyDraft } from '../rules/form/draft.ts';
import { newEdit } from '../rules/form/rule-edit.ts';
import { RuleForm } from '../rules/form/rule-form.tsx';
import { useServices } from '../services.ts';

export function NewRuleView() {
  const { navigation } = useServices();
  const session = useSession();
  if (session === undefined) return <Loading what="the form" />;
  return (
    <>
      <ViewHead title="New rule" parent={{ title: 'Rules', path: rulesPath }} />
      <RuleForm
        initial={newEdit(emptyDraft)}
        mayWrite={session.may_write && session.host === undefined}
        onSaved={({ id }) => navigation.go(`${rulesPath}/${encodeURIComponent(id)}`)}
      />
    </>
  );
}
