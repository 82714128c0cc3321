/**
 * Implements the file uploads of the Slack server for tests: request a URL, upload the file, share the file once in a thread.
 * Source: https://docs.slack.dev/reference/methods/files.getUploadURLExternal and files.completeUploadExternal
 */

/** A file in a thread. */
export interface SlackFile {
  readonly threadTs: string | undefined;
  readonly title: string;
  readonly name: string;
  readonly alt: string;
  readonly content: Buffer;
}

type Body = Readonly<Record<string, unknown>>;

interface Pending extends Pick<SlackFile, 'name' | 'alt'> {
  readonly length: number;
  readonly path: string;
  content: Buffer | undefined;
}

export interface Uploads {
  /** Answers the API's methods. `tryFault` returns the error of the thread in which a file is shared. */
  answer(
    method: string,
    body: Body,
    tryFault: (place: { readonly channel: unknown; readonly ts: unknown }) => string | undefined,
  ): { readonly error: string } | { readonly body: Body };
  /** Accepts an uploaded file. Returns undefined for a path that is not an upload URL. */
  take(path: string, content: Buffer): { readonly status: number; readonly body: string } | undefined;
  shared(): readonly SlackFile[];
}

const uploadPath = '/upload/v1/';

export function createUploads(origin: () => string): Uploads {
  const pending = new Map<string, Pending>();
  const shared: SlackFile[] = [];

  function place({ filename, length, alt_txt: alt = '' }: Body): { readonly error: string } | { readonly body: Body } {
    if (typeof filename !== 'string' || filename === '') return { error: 'invalid_arguments' };
    if (!/^[1-9]\d*$/.test(String(length))) return { error: 'missing_argument' };
    if (typeof alt !== 'string' || alt.length > 1_000) return { error: 'alt_txt_too_large' };
    const id = `F0${pending.size + shared.length + 1}`;
    const path = `${uploadPath}s3cret-${id}`;
    pending.set(id, { name: filename, alt, length: Number(length), path, content: undefined });
    return { body: { upload_url: `${origin()}${path}`, file_id: id } };
  }

  function complete(
    body: Body,
    tryFault: Parameters<Uploads['answer']>[2],
  ): { readonly error: string } | { readonly body: Body } {
    const { files, channel_id: channel, thread_ts: ts } = body;
    const [first, ...more] = (Array.isArray(files) ? files : []) as readonly { id?: unknown; title?: unknown }[];
    if (typeof first?.id !== 'string' || more.length > 0) return { error: 'invalid_arguments' };
    const { id, title = '' } = first;
    if (typeof id !== 'string' || typeof title !== 'string') return { error: 'invalid_arguments' };
    const file = pending.get(id);
    if (file?.content === undefined) return { error: 'file_not_found' };
    const fault = tryFault({ channel, ts });
    if (fault !== undefined) return { error: fault };
    pending.delete(id); // a file can be shared once
    shared.push({ threadTs: String(ts), title, name: file.name, alt: file.alt, content: file.content });
    return { body: { files: [{ id, title }] } };
  }

  return {
    answer(method, body, tryFault) {
      if (method === 'files.getUploadURLExternal') return place(body);
      return method === 'files.completeUploadExternal' ? complete(body, tryFault) : { error: 'unknown_method' };
    },
    take(path, content) {
      if (!path.startsWith(uploadPath)) return undefined;
      const file = [...pending.values()].find((each) => each.path === path);
      if (file === undefined) return { status: 404, body: 'not found' };
      if (content.length !== file.length) return { status: 400, body: 'wrong length' };
      file.content = content;
      return { status: 200, body: `OK - ${content.length}` };
    },
    shared: () => [...shared],
  };
}
