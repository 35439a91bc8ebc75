import { spawn } from 'node:child_process';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';

/**
 * Runs a program to its end and keeps what it writes; with `stillMs`, says how long it has run so far.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, shell?: boolean, limitMs?: number,
 *   still?: { everyMs: number, say: (seconds: number) => void } }} [options]
 * @returns {Promise<{ code: number, output: string }>} code -1: it could not be started, was ended by a
 *   signal, or passed its limit
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      shell: options.shell ?? false,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);

    const { still, limitMs } = options;
    const ticking =
      still && setInterval(() => still.say(Math.round((Date.now() - startedAt) / 1000)), still.everyMs);
    const limit = limitMs && setTimeout(() => child.kill('SIGKILL'), limitMs);
    const settle = (code, more = '') => {
      clearInterval(ticking);
      clearTimeout(limit);
      resolve({ code, output: output + more });
    };
    child.once('error', (error) => settle(-1, error.message));
    child.once('close', (code) => settle(code ?? -1));
  });
}

/** The end of a long output, for an error message. */
export function lastLines(output, count = 15) {
  return output
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `  ${line}`)
    .join('\n');
}
