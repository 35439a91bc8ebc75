import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inScratch, projectRoot, runNode, writeExecutable, type Finished } from './tools-scratch';

interface Programs {
  readonly build?: string;
  readonly types?: string;
  readonly lint?: string;
  readonly format?: string;
  /** The body of a jest; `report` is where --outputFile points. */
  readonly jest: string;
}

const jestWith = (results: object, exitCode: number): string =>
  `require('node:fs').writeFileSync(report, ${JSON.stringify(JSON.stringify(results))}); process.exit(${exitCode});`;

const oneFile = (statuses: readonly string[], fileStatus = 'passed'): object => ({
  numPassedTests: statuses.filter((status) => status === 'passed').length,
  numPendingTests: statuses.filter((status) => status === 'pending').length,
  numTodoTests: 0,
  testResults: [
    {
      name: 'some.test.ts',
      status: fileStatus,
      assertionResults: statuses.map((status, index) => ({ status, fullName: `test ${index}` })),
    },
  ],
});

/** Runs the test command in a project whose compiler, linter, formatter and jest are these programs. */
async function runTests(programs: Programs, ...args: string[]): Promise<Finished & { lastLine: string }> {
  let finished: Finished | undefined;
  await inScratch(async (folder) => {
    cpSync(path.join(projectRoot, 'tools'), path.join(folder, 'tools'), { recursive: true });
    writeFileSync(path.join(folder, 'tools', 'prepare.mjs'), '');
    if (programs.build !== undefined) {
      writeFileSync(
        path.join(folder, 'tools', 'prepare.mjs'),
        `if (process.argv[2] === 'build') { ${programs.build} }`,
      );
    }
    const put = (file: string, body: string): void => {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeExecutable(path.join(folder, file), body);
    };
    put('node_modules/typescript/bin/tsc', programs.types ?? '');
    put('node_modules/eslint/bin/eslint.js', programs.lint ?? '');
    put('node_modules/prettier/bin/prettier.cjs', programs.format ?? '');
    put(
      'node_modules/jest/bin/jest.js',
      `const report = process.argv.find((word) => word.startsWith('--outputFile=')).slice('--outputFile='.length);
       ${programs.jest}`,
    );
    finished = await runNode(['tools/test.mjs', ...args], { PATH: '' }, folder);
  });
  if (finished === undefined) throw new Error('it did not run');
  return { ...finished, lastLine: finished.stdout.trimEnd().split('\n').at(-1) ?? '' };
}

describe('the test command', () => {
  it('counts checks and tests, and passes arguments to jest', async () => {
    const all = await runTests(
      {
        jest: `console.log('ARGS', process.argv.slice(2).join(' ')); ${jestWith(oneFile(['passed', 'passed', 'pending']), 0)}`,
      },
      'some.test',
      '-t',
      'name',
    );
    expect(all.lastLine).toBe('9 passed, 0 failed');
    expect(all.code).toBe(0);
    expect(all.stdout).toMatch(/ARGS --maxWorkers=2 --json --outputFile=.* some\.test -t name\n/);
    expect(all.stdout).toContain('1 tests were skipped');
  });

  it('runs all checks though each fails, and names every failure', async () => {
    const all = await runTests({
      build: 'process.exit(1)',
      types: `console.log('a type is wrong'); process.exit(2)`,
      lint: 'process.exit(1)',
      format: 'process.exit(1)',
      jest: jestWith(oneFile(['passed', 'failed'], 'failed'), 1),
    });
    expect(all.lastLine).toBe('4 passed, 5 failed');
    expect(all.code).toBe(1);
    expect(all.stdout).toContain('a type is wrong');
    for (const name of ['build (1)', 'types (2)', 'lint (1)', 'format (1)', 'test 1 (some.test.ts)']) {
      expect(all.stdout).toContain(`FAILED ${name}`);
    }
  });

  it.each([
    [
      'dies',
      `process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)`,
      'jest ended without results (SIGKILL)',
    ],
    ['finds no tests', jestWith({ ...oneFile([]), testResults: [] }, 1), 'jest ran no tests'],
    ['finds only skipped tests', jestWith(oneFile(['pending']), 0), 'jest ran no tests'],
    ['cannot run a file', jestWith(oneFile([], 'failed'), 1), 'some.test.ts could not be run'],
    [
      'fails without a failed test',
      jestWith(oneFile(['passed']), 1),
      'jest ended with 1, and no test failed',
    ],
  ])('fails when jest %s', async (_what, jest, failure) => {
    const all = await runTests({ jest });
    expect(all.code).toBe(1);
    expect(all.lastLine).toMatch(/^[78] passed, 1 failed$/);
    expect(all.stdout).toContain(`FAILED ${failure}`);
  });
});
