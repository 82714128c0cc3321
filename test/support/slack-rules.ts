/** Validates messages by Slack's documented limits: https://docs.slack.dev/reference/block-kit/blocks */

interface TextObject {
  readonly type?: unknown;
  readonly text?: unknown;
}

interface AnyBlock {
  readonly type?: unknown;
  readonly text?: TextObject;
  readonly fields?: readonly TextObject[];
  readonly elements?: readonly TextObject[];
}

/** Returns Slack's error for a message, or undefined if Slack accepts it. */
export function trySlackFault(body: Readonly<Record<string, unknown>>): string | undefined {
  const { text, blocks } = body;
  if (typeof text !== 'string' || text === '') return 'no_text';
  if (text.length > 40_000) return 'msg_too_long';
  if (!isEscaped(text)) return 'invalid_arguments';
  if (blocks === undefined) return undefined;
  if (!Array.isArray(blocks) || blocks.length === 0 || blocks.length > 50) return 'invalid_blocks';
  if (JSON.stringify(blocks).length > 13_200) return 'msg_blocks_too_long';
  return blocks.every((block) => isBlock(block as AnyBlock)) ? undefined : 'invalid_blocks';
}

function isBlock({ type, text, fields, elements }: AnyBlock): boolean {
  switch (type) {
    case 'header':
      return isText(text, { type: 'plain_text', limit: 150 });
    case 'section':
      if (text === undefined && fields === undefined) return false;
      if (text !== undefined && !isText(text, { type: 'mrkdwn', limit: 3_000 })) return false;
      if (fields === undefined) return true;
      return (
        fields.length >= 1 &&
        fields.length <= 10 &&
        fields.every((field) => isText(field, { type: 'mrkdwn', limit: 2_000 }))
      );
    case 'context':
      if (elements === undefined || elements.length === 0 || elements.length > 10) return false;
      return elements.every((element) => isText(element, { type: 'mrkdwn', limit: 3_000 }));
    default:
      return false;
  }
}

function isText(
  object: TextObject | undefined,
  { type, limit }: { readonly type: string; readonly limit: number },
): boolean {
  const text = object?.text;
  return (
    object?.type === type && typeof text === 'string' && text.length >= 1 && text.length <= limit && isEscaped(text)
  );
}

/** Angle brackets may contain only links and times; `&` must be part of an entity. */
function isEscaped(text: string): boolean {
  const rest = text.replaceAll(/<https?:\/\/[^<>|]+\|[^<>|]*>/g, '').replaceAll(/<!date\^\d+\^[^<>|]+\|[^<>|]*>/g, '');
  return !/[<>]/.test(rest) && !/&(?!(?:amp|lt|gt);)/.test(text);
}
