/** Templates: fields are escaped for their place, and a fault is found with its place before anything is sent. */
import { describe, expect, test } from '@jest/globals';
import { type FieldValue, parseTemplate, type TemplateFormat } from '../../../alert-relay/text/template.ts';

const values: Readonly<Record<string, FieldValue>> = {
  title: 'a "b" <c> & d\n{{host}} é',
  host: null,
  value: 91.5,
  reminder: true,
  'labels.x': 'y',
};

function parse(text: string, format: TemplateFormat) {
  return parseTemplate(text, { format, isField: (name) => Object.hasOwn(values, name) });
}

function render(text: string, format: TemplateFormat): string {
  const parsed = parse(text, format);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.template.render((name) => values[name] ?? null);
}

describe('escaping', () => {
  test.each<readonly [TemplateFormat, string, string]>([
    [
      'json',
      '{"a":"-{{title}}-","b":{{ value }},"c":{{host}},"d":"{{host}}","e":{{reminder}},"f":{{title}}}',
      '{"a":"-a \\"b\\" <c> & d\\n{{host}} é-","b":91.5,"c":null,"d":"","e":true,"f":"a \\"b\\" <c> & d\\n{{host}} é"}',
    ],
    ['json', '{"a":"\\"{{value}}\\"","b":{{value}}}', '{"a":"\\"91.5\\"","b":91.5}'],
    ['json', '{"a":{"b":{"c":{{value}}}}}', '{"a":{"b":{"c":91.5}}}'],
    ['form', 'a={{title}}&b={{host}}', 'a=a%20%22b%22%20%3Cc%3E%20%26%20d%0A%7B%7Bhost%7D%7D%20%C3%A9&b='],
    ['url', 'https://x.example/{{labels.x}}?v={{value}}', 'https://x.example/y?v=91.5'],
    ['xml', '<t>{{title}}</t>', '<t>a &quot;b&quot; &lt;c&gt; &amp; d\n{{host}} é</t>'],
    ['text', '{{title}}|{{host}}|{{value}}', 'a "b" <c> & d\n{{host}} é||91.5'],
    ['header', 'x {{title}}', 'x a "b" <c> & d {{host}}'],
  ])('%s: %s', (format, text, expected) => expect(render(text, format)).toBe(expected));

  test('the value of a field is not a template', () => {
    expect(render('{{title}}', 'text')).toContain('{{host}}');
  });

  test('a lone surrogate does not break a URL', () => {
    const parsed = parse('{{title}}', 'url');
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(parsed.template.render(() => '\ud83d')).toBe('%EF%BF%BD');
  });

  test('values in URLs and headers are short', () => {
    for (const format of ['url', 'header'] as const) {
      const parsed = parse('{{title}}', format);
      if ('problem' in parsed) throw new Error(parsed.problem);
      expect(parsed.template.render(() => 'x'.repeat(10_000)).length).toBeLessThan(220);
    }
  });
});

describe('faults', () => {
  test.each<readonly [TemplateFormat, string, string]>([
    ['text', 'x\n  {{titel}}', 'line 2, column 3: no field "titel"'],
    ['text', 'x {{title', 'line 1, column 3: expected a field such as {{title}}'],
    ['text', 'x }} y', 'line 1, column 3: expected a field such as {{title}}'],
    ['text', '{{ }}', 'line 1, column 1: expected a field such as {{title}}'],
    ['text', '{{labels.}}', 'line 1, column 1: no field "labels."'],
    ['json', '{\n "a": {{value}},\n}', 'line 3, column 1: no JSON from here on'],
    ['json', '{"a": "{{title}}', 'line 1, column 17: no JSON from here on'],
    ['json', '{"a": x{{value}}}', 'line 1, column 7: no JSON from here on'],
    ['json', '{"a": {{titel}}}', 'line 1, column 7: no field "titel"'],
    ['json', '', 'line 1, column 1: no JSON from here on'],
  ])('%s: %s', (format, text, problem) => expect(parse(text, format)).toEqual({ problem }));
});
