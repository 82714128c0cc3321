/** `/docs`: the OpenAPI document as an HTML page. */
import type { RequestHandler } from 'express';
import { documentPath, type OpenApiDocument } from '../api/openapi/document.ts';
import type { Content, Operation, Response } from '../api/openapi/operation.ts';
import type { JsonSchema } from '../api/openapi/schema.ts';
import { setRoute } from '../http/http-metrics.ts';
import { type Html, html } from './html/html.ts';
import { sendPage } from './html/layout.ts';
import { schemaRows } from './html/schema-rows.ts';

export const docsPath = '/docs';

/** Rendered once, because the document does not change at run time. */
export function docsPage(document: OpenApiDocument): RequestHandler {
  const body = renderDocs(document);
  return (_request, response) => {
    setRoute(response, 'docs');
    sendPage(response, { status: 200, title: 'API - hostpulse', body });
  };
}

interface Call extends Operation {
  readonly method: string;
  readonly path: string;
}

function renderDocs(document: OpenApiDocument): Html {
  const calls = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
  return html`<header><strong><a href="/">hostpulse</a></strong><a href="${documentPath}">openapi.json</a></header>
<main>
<section>
<h2>API <small>${document.info.version}</small></h2>
<p>${String(document.info['description'])} Errors are <code>application/problem+json</code> (RFC 9457). Send a key as
<code>Authorization: Bearer hp_...</code> or as <code>X-API-Key</code>.</p>
<div class="scroll"><table>
<tr><th>call</th><th>scope</th><th>answer</th></tr>
${calls.map(
  (
    call,
  ) => html`<tr><td><a href="#${call.operationId}"><code>${call.method} ${call.path}</code></a></td><td>${scopeOf(call)}</td><td>${call.summary}</td></tr>
`,
)}</table></div>
</section>
${calls.map((call) => callSection(call, document))}
</main>`;
}

function scopeOf({ security }: Operation): string {
  return security[0]?.['bearer']?.[0] ?? 'none';
}

function callSection(call: Call, document: OpenApiDocument): Html {
  const { parameters, requestBody, responses } = call;
  const resolve = (schema: JsonSchema): JsonSchema => resolveReference(document, schema);
  return html`<section id="${call.operationId}">
<h2><code>${call.method} ${call.path}</code> <small>scope ${scopeOf(call)}</small></h2>
<p>${call.summary}.${call.description === undefined ? '' : ` ${call.description}`}</p>
${
  parameters.length === 0
    ? ''
    : html`<h3>Parameters</h3>
<div class="scroll"><table>${parameters.map(
        ({
          name,
          required,
          description,
          schema,
        }) => html`<tr><td><code>${name}</code>${required ? ' (required)' : ''}</td><td>${typeOf(schema)}</td><td>${description ?? ''}</td></tr>
`,
      )}</table></div>`
}
${
  requestBody === undefined
    ? ''
    : html`<h3>Body</h3>
<p>${requestBody.description}</p>${contentTables(requestBody.content, resolve)}`
}
<h3>Answers</h3>
<div class="scroll"><table>${Object.entries(responses).map(([status, response]) => {
    const found = resolve(response as unknown as JsonSchema) as unknown as Response;
    return html`<tr><td>${status}</td><td>${found.description}</td></tr>
`;
  })}</table></div>
${Object.entries(responses)
  .filter(([status]) => status.startsWith('2'))
  .flatMap(([, { content = {} }]) => contentTables(content, resolve))}
</section>
`;
}

function typeOf(schema: JsonSchema): string {
  return schemaRows(schema)[0]?.type ?? 'any';
}

function contentTables(content: Content, resolve: (schema: JsonSchema) => JsonSchema): Html[] {
  return Object.entries(content).map(
    ([type, { schema }]) => html`<p><code>${type}</code></p>
${schema === undefined ? '' : schemaTable(resolve(schema))}`,
  );
}

function schemaTable(schema: JsonSchema): Html {
  const rows = schemaRows(schema).filter(({ path }) => path !== '');
  return html`<div class="scroll"><table>${rows.map(
    ({ path, type, description }) => html`<tr><td><code>${path}</code></td><td>${type}</td><td>${description}</td></tr>
`,
  )}</table></div>`;
}

/** Resolves a reference to the components of the document. */
function resolveReference({ components }: OpenApiDocument, schema: JsonSchema): JsonSchema {
  const [, group, name] = /^#\/components\/(\w+)\/(\w+)$/.exec(String(schema['$ref'])) ?? [];
  if (group === undefined || name === undefined) return schema;
  const found = components[group]?.[name];
  if (found === undefined) throw new Error(`the document refers to ${String(schema['$ref'])}, which it does not have`);
  return found;
}
