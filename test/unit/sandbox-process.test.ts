import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const root = resolve(__dirname, '../..');

function start(...args: string[]) {
  return spawn(process.execPath, ['--import', 'tsx', 'src/sandbox/main.ts', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The sandbox as a process of its own. */
describe('the sandbox process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('says where it listens, and ends on %s', async (signal) => {
    const child = start('--port', '0', '--api-key', 'KEY');
    try {
      const exited = once(child, 'exit');
      const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
      const url = /^Basiq sandbox on (http:\S+) \(a development server: it keeps nothing\)\n$/.exec(
        line,
      )?.[1];
      const answer = await fetch(`${String(url)}/public/institutions/AU00000`);
      expect(answer.status).toBe(200);
      await answer.text();
      child.kill(signal);
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test.each([
    [['--port', '8787'], '--api-key'],
    [['--api-key', 'KEY', '--port', 'http'], '--port'],
    [['--api-key', 'KEY', '--port', '70000'], '--port'],
    [['--api-key', 'KEY', '--queue-scale', '0'], '--queue-scale'],
    [['--api-key', 'KEY', '--step-ms', '-1'], '--step-ms'],
    [['--api-key', 'KEY', '--colour', 'red'], '--colour'],
  ])('names the option that is wrong: %j', async (args, option) => {
    const child = start(...args);
    const [said, exit] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(said).toContain(option);
    expect(exit).toEqual([1, null]);
  });
});
