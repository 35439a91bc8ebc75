import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals };

export interface ChildOptions {
  /** What errors call the child, e.g. `worker`. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** Laid over this process's own environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Who it runs as; only root may choose. Default: who we are. */
  readonly runAs?: { readonly uid: number; readonly gid: number };
  readonly onLine?: (line: OutputLine) => void;
  /** The oldest lines are forgotten beyond this many. Default 50,000. */
  readonly keepLines?: number;
}

/** A child process that we started, and that ends no later than we do. */
export interface RunningChild {
  readonly name: string;
  readonly pid: number;
  /** What it has written so far, both streams, one line each. */
  output(): string;
  /** Settles when the child has ended and all of its output has been read. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  hasEnded(): boolean;
  /**
   * The first line, already written or still to come, that matches.
   * @throws Error when the child ends first or the limit passes; it quotes the child's last lines.
   */
  waitForLine(pattern: RegExp, limitMs: number): Promise<string>;
  /**
   * Asks until the answer is true. An error that `condition` throws counts as "not yet".
   * @throws Error when the child ends first or the limit passes; it quotes the child's last lines.
   */
  waitUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after the limit (default 10 s). May be called again, and after the end. */
  stop(limitMs?: number): Promise<ChildEnd>;
  /** SIGKILL to the child and what it started, as when a machine dies. Does not wait. */
  kill(): void;
}

/**
 * Starts a child in a process group of its own: Ctrl-C reaches only us, and we take the children down in
 * our order. A guard process ends it when we die without doing so.
 * @throws Error when the command cannot be started
 */
export async function startChild(options: ChildOptions): Promise<RunningChild> {
  const { name, command, keepLines = 50_000 } = options;
  const release = holdGuard();
  const child = spawn(command, options.args ?? [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    detached: process.platform !== 'win32',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...options.runAs,
  });
  const { pid } = child;
  if (pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    release();
    throw new Error(`${name} cannot be started: ${error.message}`);
  }
  guard?.stdin?.write(`+${pid}\n`);

  const lines: string[] = [];
  const listeners = new Set<(text: string) => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream] }).on('line', (text) => {
      lines.push(text);
      if (lines.length > keepLines) lines.shift();
      options.onLine?.({ stream, text });
      for (const listener of listeners) listener(text);
    });
  }

  let end: ChildEnd | undefined;
  const exited = new Promise<ChildEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      end = signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal };
      guard?.stdin?.write(`-${pid}\n`);
      release();
      resolve(end);
    });
  });
  // A grandchild may hold the pipes open after the child's end: its output is not waited for for ever.
  const ended = Promise.all([
    exited,
    Promise.race([once(child, 'close'), exited.then(() => delay(1000, undefined, { ref: false }))]),
  ]).then(([how]) => how);

  const complaint = (what: string): Error =>
    new Error([`${name} ${what}`, ...lines.slice(-20).map((line) => `  ${line.slice(0, 400)}`)].join('\n'));
  const endedFirst = (how: ChildEnd): Error => complaint(`${describeEnd(how)} before it was ready`);

  return {
    name,
    pid,
    output: () => lines.join('\n'),
    ended,
    hasEnded: () => end !== undefined,
    waitForLine: (pattern, limitMs) =>
      new Promise((resolve, reject) => {
        const already = lines.find((line) => line.search(pattern) >= 0);
        if (already !== undefined) {
          resolve(already);
          return;
        }
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          listeners.delete(listener);
          act();
        };
        const listener = (line: string): void => {
          if (line.search(pattern) >= 0) settle(() => resolve(line));
        };
        const timer = setTimeout(() => {
          settle(() => reject(complaint(`wrote no line like ${String(pattern)} in ${limitMs} ms`)));
        }, limitMs);
        listeners.add(listener);
        void ended.then((how) => settle(() => reject(endedFirst(how))));
      }),
    waitUntil: async (condition, limitMs) => {
      const deadlineAt = performance.now() + limitMs;
      let lastError: unknown;
      for (;;) {
        if (end !== undefined) throw endedFirst(await ended);
        try {
          if (await condition()) return;
        } catch (error) {
          lastError = error;
        }
        if (performance.now() > deadlineAt) {
          const why = lastError instanceof Error ? ` (${lastError.message})` : '';
          throw complaint(`was not ready in ${limitMs} ms${why}`);
        }
        await delay(50);
      }
    },
    signal: (signal) => {
      if (end === undefined) child.kill(signal);
    },
    stop: async (limitMs = 10_000) => {
      if (end === undefined) child.kill('SIGTERM');
      const timer = setTimeout(() => {
        if (end === undefined) killGroup(pid);
      }, limitMs);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
    kill: () => {
      if (end === undefined) killGroup(pid);
    },
  };
}

/** `exited with 1`, `was ended by SIGKILL` */
export function describeEnd(end: ChildEnd): string {
  return end.kind === 'exited' ? `exited with ${end.code}` : `was ended by ${end.signal}`;
}

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}

/**
 * One guard for all children of this process, there only while there are children. Handlers on
 * process.exit and signals would not do: they miss a SIGKILL, and jest's own `process` never fires them.
 */
let guard: ChildProcess | undefined;
let guarded = 0;

function holdGuard(): () => void {
  guarded += 1;
  if (guard === undefined) {
    guard = spawn(process.execPath, [path.join(__dirname, 'child-guard.mjs')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: process.platform !== 'win32',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    // The guard must not keep us alive, and losing it must not end us.
    guard.unref();
    guard.on('error', () => undefined);
    guard.stdin?.on('error', () => undefined);
    if (guard.stdin instanceof Socket) guard.stdin.unref();
  }
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    guarded -= 1;
    if (guarded > 0) return;
    guard?.stdin?.end();
    guard = undefined;
  };
}
