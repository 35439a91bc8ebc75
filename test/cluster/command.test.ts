import { Client, Connection } from '@temporalio/client';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ConnectionsClient, PublicKeySet } from '../../src/client';
import { startChild, type RunningChild } from '../../tools/child-process';
import { createSandboxUser } from '../../tools/sandbox-process';
import { eventually } from '../end-to-end/attempt-world';
import { linking } from '../end-to-end/linking';

const projectFolder = path.join(__dirname, '..', '..');

/** Where the command puts what it makes. PostgreSQL's user must be able to enter it. */
const temporary = mkdtempSync(path.join(os.tmpdir(), 'basiq-cluster-test-'));
chmodSync(temporary, 0o755);
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** The command without npm in between, which is its set-up. */
const startCommand = (...args: string[]): Promise<RunningChild> =>
  startChild({
    name: 'npm run cluster',
    command: process.execPath,
    args: ['--import', 'tsx', path.join('tools', 'cluster', 'main.ts'), ...args],
    cwd: projectFolder,
    env: { TMPDIR: temporary },
  });

/** Everything that a process has started, and what that has started. */
function descendants(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    parents.flatMap(([child = 0, of]) => (of === parent ? [child, ...below(child)] : []));
  return below(pid);
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const shown = (output: string, pattern: RegExp): string => {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`nothing like ${String(pattern)} in:\n${output}`);
  return found;
};

test('serves an attempt at the addresses that it prints, and leaves nothing behind', async () => {
  const command = await startCommand();
  await command.waitForLine(/Ctrl-C stops all of it/, 240_000);
  const output = command.output();
  const sandboxUrl = shown(output, /Basiq sandbox +(\S+),/);
  const apiKey = shown(output, /API key (\S+)/);
  const folder = shown(output, /^Keys +(\S+)/m);

  expect((await fetch(shown(output, /Web UI (\S+),/))).status).toBe(200);
  expect(await (await fetch(shown(output, /its metrics (\S+)/))).text()).toContain('service_requests');

  const workers = [...shown(output, /^Workers +(.+)$/m).matchAll(/http:\/\/\S+(?=\/metrics)/g)];
  expect(workers).toHaveLength(2);
  for (const [worker] of workers) expect((await fetch(`${worker}/readyz`)).status).toBe(200);

  const connection = await Connection.connect({ address: shown(output, /^Temporal +(\S+),/m) });
  const keys = readFileSync(path.join(folder, 'public.jwks.json'), 'utf8');
  const client = new ConnectionsClient({
    temporal: new Client({ connection }),
    sealing: PublicKeySet.parse(JSON.parse(keys)),
  });
  const userId = await createSandboxUser(sandboxUrl, apiKey, 'gavin@hooli.com');
  const { workflowId } = await client.start(linking(userId, 'AU00000'));
  expect(await client.result(workflowId)).toMatchObject({ steps: [{ status: 'success' }, {}, {}] });
  await connection.close();

  const processes = descendants(command.pid);
  // PostgreSQL, Temporal, its UI, the sandbox, two workers.
  expect(processes.length).toBeGreaterThanOrEqual(6);
  command.signal('SIGINT');
  expect(await command.ended).toEqual({ kind: 'exited', code: 0 });
  await eventually(() => Promise.resolve(!processes.some(lives)));
  expect(folder).toContain(temporary);
  expect(readdirSync(temporary).filter((name) => name.startsWith('basiq-'))).toEqual([]);
}, 360_000);

test('leaves no process when it dies itself', async () => {
  const command = await startCommand('--workers', '1');
  await command.waitForLine(/Ctrl-C stops all of it/, 240_000);
  const processes = descendants(command.pid);
  process.kill(command.pid, 'SIGKILL');
  expect(await command.ended).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
  await eventually(() => Promise.resolve(!processes.some(lives)));
}, 360_000);
