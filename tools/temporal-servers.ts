import { execFileSync } from 'node:child_process';
import path from 'node:path';

/**
 * The path of a Temporal CLI executable, found or built (then with progress on stderr; see
 * find-temporal-server.mjs).
 * @throws Error when there is none; what is missing has been written to stderr
 */
export function temporalCliPath(): string {
  return found('cli');
}

/** The same for Temporal's time-skipping test server. */
export function testServerPath(): string {
  return found('test-server');
}

const known = new Map<string, string>();

/** A program of its own, because CommonJS (jest) cannot import an ES module, and set-up must not need a build. */
function found(server: 'cli' | 'test-server'): string {
  const before = known.get(server);
  if (before !== undefined) return before;
  const answer = execFileSync(process.execPath, [path.join(__dirname, 'find-temporal-server.mjs'), server], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  known.set(server, answer);
  return answer;
}
