/** Labels as small plates. */

export function LabelList({ labels }: { readonly labels: readonly (readonly [string, string])[] }) {
  return (
    <ul class="plates">
      {labels.map(([name, value]) => (
        <li key={name}>
          <span class="plate-name">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}
