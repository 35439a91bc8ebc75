import { execFileSync } from 'node:child_process';
import path from 'node:path';

/**
 * The path of a Temporal CLI executable, found or built (then with progress on stderr; see
 * find-temporal-server.mjs).
 * @throws Error when there is none; what is missing has been written to stderr
 */
export function temporalCliPath(): string {
  return answer('find-temporal-server.mjs', 'cli');
}

/** The same for Temporal's time-skipping test server. */
export function testServerPath(): string {
  return answer('find-temporal-server.mjs', 'test-server');
}

/** The same for what `npm run cluster` runs. */
export function clusterProgramPath(program: 'server' | 'sql-tool' | 'ui'): string {
  return answer('find-temporal-server.mjs', program);
}

/** The folder of PostgreSQL's `postgres` and `initdb`, found or installed (see find-postgresql.mjs). */
export function postgresqlFolder(): string {
  return answer('find-postgresql.mjs');
}

const known = new Map<string, string>();

/** A program of its own, because CommonJS (jest) cannot import an ES module, and set-up must not need a build. */
function answer(...program: readonly [string, ...string[]]): string {
  const [file, ...args] = program;
  const before = known.get(program.join(' '));
  if (before !== undefined) return before;
  const line = execFileSync(process.execPath, [path.join(__dirname, file), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  known.set(program.join(' '), line);
  return line;
}
