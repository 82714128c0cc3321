/** What stands where there is nothing else: empty, not found, failed. */

export interface NoticeProps {
  readonly title: string;
  readonly text?: string;
  readonly tone?: 'quiet' | 'bad';
  readonly link?: { readonly path: string; readonly text: string };
}

export function Notice({ title, text, tone = 'quiet', link }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <p class="notice-title">{title}</p>
      {text === undefined ? null : <p class="notice-text">{text}</p>}
      {link === undefined ? null : <a href={link.path}>{link.text}</a>}
    </div>
  );
}
