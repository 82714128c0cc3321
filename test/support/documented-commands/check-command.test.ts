// Subject: test/support/documented-commands/check-command.ts
/** Checks that the rules find faults in commands, and checks the readers of Markdown and shell. */
import { describe, expect, test } from '@jest/globals';
import { commandProblems } from './check-command.ts';
import { readMarkdownCode } from './markdown-code.ts';
import { parseShell, UnfinishedShell } from './shell-commands.ts';

const problemsOf = (text: string): readonly string[] =>
  parseShell(text).flatMap((command) => commandProblems(command, text));

describe('faults', () => {
  test.each([
    ['hostpulse hosts ad web-1', 'unknown command'],
    ['hostpulse hosts add web-1 --lable env=prod', '--lable'],
    ['hostpulse hosts add', "missing required argument 'host'"],
    ['hostpulse sing', 'hostpulse has no command "sing"'],
    ['hostpulse up --tls on', '--tls'],
    ['hostpulse relay dead retry --chanel team', '--chanel'],
    ['npx hostpulse key create --name a', '--scope'],
    ['hostpulse-agent --web.listen=:9100', '--web.listen'],
    ['npm start -- --port 9180', '--port'],
    ['npm run tests', 'no script tests'],
    ['npm run test:unit -- test/no-such', 'no test file matches'],
    ['npm run package -- --only deb-linux-x86', 'no package is named deb-linux-x86'],
    ['npm run package -- --only rpm-darwin-x64', 'no package is named rpm-darwin-x64'],
    ['npm run test:versions -- folder', 'scripts/test-versions.ts does not know folder'],
    ['npm ci --dev', 'npm ci has no --dev'],
    ['npm ci --inc', 'npm ci has no --inc'],
    ['curl localhost:9180/api/v1/metrics/now', 'the API has no GET /api/v1/metrics/now'],
    ['curl "localhost:9180/api/v1/metrics/current?metrics=x"', 'no parameter metrics'],
    ['curl -d {} localhost:9180/api/v1/health', 'no POST'],
    ['curl --data-urlencode a=b localhost:9180/api/v1/health', 'no POST'],
    ['curl localhost:9090/metric', 'prometheus has no known path'],
    ['systemctl restart hostpulse-server', 'no unit hostpulse-server'],
    ['apt install ./hostpulse_0.1.0_amd64.deb', 'there is no package'],
    ['sudo -u pulse hostpulse doctor', 'no user pulse'],
    ['docker compose exec gateways node dist/bin/hostpulse.js key list', 'no service gateways'],
    ['docker compose exec gateway cat /state/admin-key', 'no volume'],
    ['kubectl -n hostpulse exec hostpulse-0 -c api -- node dist/bin/hostpulse.js key list', 'no such container'],
    ['kubectl port-forward service/pulse 9180', 'no service pulse'],
    ['promtool check rule x', 'no command check rule'],
    ['promtool check config --lin x', 'no flag --lin'],
    ['vmalert -rules=x', 'no flag -rules'],
    ['vmalert -datasource=x', 'no flag -datasource'],
    ['cat -HUP x', 'no rule knows the flag -HUP'],
    ['install -m 644 /opt/hostpulse/deploy/systemd/hostpulse-agent.service /etc/', 'an archive has no'],
    ['du -sh data/prometheus/wal', 'the data directory has no'],
    ['GATEWAY_MEM=1g docker compose up', 'no program reads the variable GATEWAY_MEM'],
    ['frobnicate --all', 'no rule for the program frobnicate'],
    ['cat "$(hostpulse keys list)"', 'hostpulse has no command "keys"'],
    ['true-ish || hostpulse no', 'hostpulse has no command "no"'],
  ])('%s', (text, problem) => {
    expect(problemsOf(text).join('\n')).toContain(problem);
  });
});

describe('shell text', () => {
  const wordsOf = (text: string) => parseShell(text).map(({ words }) => words);

  test('quotes, comments, continuations and lists', () => {
    expect(wordsOf(`a 'b c' "d \\"e" # no\nf \\\n  g && h; (i | j) > out 2>&1`)).toEqual([
      ['a', 'b c', 'd "e'],
      ['f', 'g'],
      ['h'],
      ['i'],
      ['j'],
    ]);
    expect(wordsOf(`powershell "C:\\Program Files"`)).toEqual([['powershell', 'C:\\Program Files']]);
  });

  test('assignments and substitutions', () => {
    expect(parseShell('A=1 B=$(c d) e "x-$(f)"')).toEqual([
      { assignments: ['A=1', 'B=$(c d)'], words: ['e', 'x-$(f)'], text: 'A=1 B=$(c d) e "x-$(f)"' },
      { assignments: [], words: ['c', 'd'], text: 'c d' },
      { assignments: [], words: ['f'], text: 'f' },
    ]);
  });

  test.each(["a 'b", 'a "b', 'a $(b', 'a \\'])('%s is unfinished', (text) => {
    expect(() => parseShell(text)).toThrow(UnfinishedShell);
  });
});

test('Markdown: fences, indented blocks and spans have their lines', () => {
  const document = '# `a b`\n\n    c\n\n    d\n\n- e\n\n  ```sh\n  f\n  ```\n`g\n\\| h`\n~~~js\ni\n~~~';
  expect(readMarkdownCode(document)).toEqual({
    blocks: [
      { language: 'indented', line: 3, text: 'c\n\nd\n' },
      { language: 'sh', line: 10, text: 'f\n' },
      { language: 'js', line: 15, text: 'i\n' },
    ],
    spans: [
      { line: 1, text: 'a b' },
      { line: 12, text: 'g | h' },
    ],
  });
});
