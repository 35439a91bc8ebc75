import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild, type RunningChild } from '../../tools/child-process';
import { inScratch, projectRoot } from './tools-scratch';

const node = (name: string, script: string): Promise<RunningChild> =>
  startChild({ name, command: process.execPath, args: ['-e', script] });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // On Linux one that has ended, and that nobody has reaped yet, still takes a signal.
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/^\d+ \(.*\) Z/.test(readFileSync(stat, 'utf8'));
}

describe('a child process', () => {
  it('gives its lines as they come and its end', async () => {
    const seen: string[] = [];
    const child = await startChild({
      name: 'talker',
      command: process.execPath,
      args: [
        '-e',
        'console.log("one"); console.error("two"); console.log(process.env.GIVEN, process.env.HOME)',
      ],
      env: { GIVEN: 'given', HOME: undefined },
      onLine: ({ stream, text }) => seen.push(`${stream} ${text}`),
    });
    expect(await child.waitForLine(/^given/, 10_000)).toBe('given undefined');
    expect(await child.ended).toEqual({ kind: 'exited', code: 0 });
    expect(seen.sort()).toEqual(['stderr two', 'stdout given undefined', 'stdout one']);
    expect(child.output().split('\n')).toHaveLength(3);
    expect(await child.waitForLine(/two/, 1)).toBe('two');
  });

  it('is stopped by SIGTERM, so that it can end in good order', async () => {
    const child = await node(
      'polite',
      `process.on('SIGTERM', () => { console.log('bye'); process.exit(3); }); console.log('up'); setInterval(() => {}, 1000)`,
    );
    await child.waitForLine(/up/, 10_000);
    expect(await child.stop()).toEqual({ kind: 'exited', code: 3 });
    expect(child.output()).toBe('up\nbye');
    expect(child.hasEnded()).toBe(true);
    expect(await child.stop()).toEqual({ kind: 'exited', code: 3 });
  });

  it('gets SIGKILL when it does not heed SIGTERM in time', async () => {
    const child = await node(
      'stubborn',
      `process.on('SIGTERM', () => console.log('no')); console.log('up'); setInterval(() => {}, 1000)`,
    );
    await child.waitForLine(/up/, 10_000);
    expect(await child.stop(300)).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
    expect(child.output()).toContain('no');
  });

  it('fails a wait at once, quoting it, when it ends first', async () => {
    const child = await node('short', `console.error('broken pipe fitting'); process.exit(7)`);
    const expected = /short exited with 7 before it was ready[^]*broken pipe fitting/;
    await Promise.all([
      expect(child.waitForLine(/never/, 30_000)).rejects.toThrow(expected),
      expect(child.waitUntil(() => false, 30_000)).rejects.toThrow(expected),
    ]);
  });

  it('fails a wait when the limit passes, with the last reason', async () => {
    const child = await node('slow', `setInterval(() => {}, 1000)`);
    try {
      await expect(child.waitForLine(/never/, 50)).rejects.toThrow(
        'slow wrote no line like /never/ in 50 ms',
      );
      const refuse = (): boolean => {
        throw new Error('connection refused');
      };
      await expect(child.waitUntil(refuse, 50)).rejects.toThrow('(connection refused)');
    } finally {
      child.kill();
      expect(await child.ended).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
    }
  });

  it('says what cannot be started', async () => {
    await expect(startChild({ name: 'ghost', command: '/nonexistent/ghost' })).rejects.toThrow(
      /ghost cannot be started: .*ENOENT/,
    );
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('ends when its parent ends by %s', async (signal) => {
    await inScratch(async (folder) => {
      const pidFile = path.join(folder, 'pids');
      // The parent starts a child, which starts a child of its own; both pids come back by file.
      const grandchild = 'setInterval(() => {}, 1000)';
      const child = `
        const { spawn } = require('node:child_process');
        const { pid } = spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'ignore' });
        require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, process.pid + ' ' + pid + ' ');
        setInterval(() => {}, 1000);`;
      const parent = await startChild({
        name: 'parent',
        command: process.execPath,
        args: [
          ...['--import', 'tsx', '-e'],
          `require('./tools/child-process').startChild({ name: 'child', command: process.execPath, args: ['-e', ${JSON.stringify(child)}] })`,
        ],
        cwd: projectRoot,
      });
      const pids = (): number[] => readFileSync(pidFile, 'utf8').trim().split(' ').map(Number);
      await parent.waitUntil(() => existsSync(pidFile) && pids().length === 2, 30_000);
      expect(pids().map(isAlive)).toEqual([true, true]);

      parent.signal(signal);
      expect(await parent.ended).toEqual({ kind: 'signalled', signal });
      const deadlineAt = Date.now() + 10_000;
      while (pids().some(isAlive) && Date.now() < deadlineAt) await delay(50);
      expect(pids().map(isAlive)).toEqual([false, false]);
    });
  });
});
