// Subject: .github/ISSUE_TEMPLATE/
/** Issue forms have the members that the repository host requires: it ignores a form with a fault without a message. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const folder = '.github/ISSUE_TEMPLATE';
const load = (name: string): unknown => parse(readFileSync(join(root, folder, name), 'utf8'));

interface Element {
  readonly type: string;
  readonly id?: string;
  readonly attributes: {
    readonly label?: string;
    readonly value?: string;
    readonly options?: readonly string[];
  };
  readonly validations?: { readonly required: boolean };
}

interface Form {
  readonly name: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly body: readonly Element[];
}

test('there are three forms, and no blank issue beside them', () => {
  expect(globSync('*', { cwd: join(root, folder) }).sort()).toEqual([
    'bug.yml',
    'config.yml',
    'feature.yml',
    'question.yml',
  ]);
  expect(load('config.yml')).toEqual({ blank_issues_enabled: false });
});

describe.each(['bug.yml', 'feature.yml', 'question.yml'])('%s', (name) => {
  const form = load(name) as Form;
  const inputs = form.body.filter(({ type }) => type !== 'markdown');

  test('has a name, a description and a label', () => {
    expect(form.name).toMatch(/\w/);
    expect(form.description).toMatch(/\w/);
    expect(form.labels).toHaveLength(1);
  });

  test('every input has a type, an id of its kind and a label; none is there twice', () => {
    expect(inputs.length).toBeGreaterThan(2);
    for (const { type, id, attributes } of inputs) {
      expect(['input', 'textarea', 'dropdown']).toContain(type);
      expect(id).toMatch(/^[a-z-]+$/);
      expect(attributes.label).toMatch(/\w/);
      if (type === 'dropdown') expect(new Set(attributes.options).size).toBeGreaterThan(1);
    }
    expect(new Set(inputs.map(({ id }) => id)).size).toBe(inputs.length);
    expect(new Set(inputs.map(({ attributes }) => attributes.label)).size).toBe(inputs.length);
  });

  test('requires at least one input', () => {
    expect(inputs.filter(({ validations }) => validations?.required === true).length).toBeGreaterThan(0);
  });
});
