/** Checks responses of the gateway against its OpenAPI document: status, headers, media type, body. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenApiDocument } from '../../ingest-gateway/api/openapi/document.ts';

export interface Asked {
  readonly method: string;
  /** May have a query. */
  readonly path: string;
}

export interface ApiContract {
  /** Throws if the document does not have such a response. Ignores calls that the document does not have. */
  check(asked: Asked, response: Response): Promise<void>;
}

interface DocumentedResponse {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema?: { readonly $ref?: string } }>>;
}

export function createApiContract(document: OpenApiDocument): ApiContract {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'api');
  const validators = new Map<string, ValidateFunction>();

  function validatorAt(pointer: string): ValidateFunction {
    const found = validators.get(pointer) ?? ajv.compile({ $ref: `api${pointer}` });
    validators.set(pointer, found);
    return found;
  }

  async function check({ method, path }: Asked, response: Response): Promise<void> {
    const name = path.split('?')[0] as string;
    const template = Object.keys(document.paths).find((each) => matches(each, name));
    const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
    if (template === undefined || operation === undefined) return;
    const where = `${method} ${path} answered ${response.status}`;
    const documented = operation.responses[response.status] as DocumentedResponse | undefined;
    if (documented === undefined) throw new Error(`${where}, which the document does not have`);
    const pointer =
      documented.$ref ?? `#/paths/${encode(template)}/${method.toLowerCase()}/responses/${response.status}`;
    const answer = documented.$ref === undefined ? documented : referred(document, documented.$ref);
    for (const header of Object.keys(answer.headers ?? {}))
      if (response.headers.get(header) === null) throw new Error(`${where} without ${header}`);
    const body = await response.clone().text();
    const types = Object.keys(answer.content ?? {});
    if (types.length === 0) {
      if (body !== '') throw new Error(`${where} with a body, and the document has none`);
      return;
    }
    const type = response.headers.get('content-type')?.split(';')[0] ?? 'no type';
    if (!types.includes(type)) throw new Error(`${where} as ${type}; the document has ${types.join(', ')}`);
    if (!type.endsWith('json')) return;
    const validate = validatorAt(`${pointer}/content/${encode(type)}/schema`);
    if (!validate(JSON.parse(body)))
      throw new Error(`${where}: ${ajv.errorsText(validate.errors)}; got ${body.slice(0, 500)}`);
  }

  return { check };
}

function matches(template: string, path: string): boolean {
  const pattern = template.replaceAll(/[.+*?^$()|[\]\\]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(path);
}

/** Encodes a part of a JSON pointer in a URI: RFC 6901, section 6. */
function encode(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function referred({ components }: OpenApiDocument, pointer: string): DocumentedResponse {
  const [, , group = '', name = ''] = pointer.split('/');
  return components[group]?.[name] as DocumentedResponse;
}
