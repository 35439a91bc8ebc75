import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { inScratch, projectRoot, writeExecutable } from './tools-scratch';

interface Command {
  readonly says: string;
  readonly code: number;
}

/** Runs .ci/run where npm is a program that says and ends as told. */
async function ci(test: Command, cluster: Command): Promise<{ code: number; lines: string[] }> {
  let result: { code: number; lines: string[] } | undefined;
  await inScratch((folder) => {
    mkdirSync(path.join(folder, '.ci'));
    cpSync(path.join(projectRoot, '.ci', 'run'), path.join(folder, '.ci', 'run'));
    writeExecutable(
      path.join(folder, 'bin', 'npm'),
      `const { says, code } = process.argv[2] === 'test' ? ${JSON.stringify(test)} : ${JSON.stringify(cluster)};
       console.log(says);
       console.error('npm has something to say too');
       process.exitCode = code;`,
    );
    const PATH = `${path.join(folder, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`;
    const { status, stdout } = spawnSync(path.join(folder, '.ci', 'run'), {
      encoding: 'utf8',
      env: { ...process.env, PATH },
    });
    result = { code: status ?? -1, lines: stdout.trimEnd().split('\n') };
    return Promise.resolve();
  });
  if (result === undefined) throw new Error('it did not run');
  return result;
}

describe('.ci/run', () => {
  test('sums both commands in its last line', async () => {
    const { code, lines } = await ci(
      { says: 'ok\n700 passed, 0 failed', code: 0 },
      { says: '21 passed, 0 failed', code: 0 },
    );
    expect(lines).toEqual(['ok', '700 passed, 0 failed', '21 passed, 0 failed', '721 passed, 0 failed']);
    expect(code).toBe(0);
  });

  test('runs the second though the first failed', async () => {
    const { code, lines } = await ci(
      { says: '698 passed, 2 failed', code: 1 },
      { says: '20 passed, 1 failed', code: 1 },
    );
    expect(lines.at(-1)).toBe('718 passed, 3 failed');
    expect(code).toBe(1);
  });

  test.each([
    ['dies before it counts', { says: 'Out of memory', code: 137 }],
    ['ends badly and counts no failure', { says: '0 passed, 0 failed', code: 1 }],
  ])('counts a command that %s as a failure', async (_what, broken) => {
    const good = { says: '5 passed, 0 failed', code: 0 };
    for (const run of [await ci(broken, good), await ci(good, broken)]) {
      expect(run.lines.at(-1)).toBe('5 passed, 1 failed');
      expect(run.code).toBe(1);
    }
  });
});
