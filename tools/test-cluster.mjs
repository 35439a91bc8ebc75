/**
 * `npm run test:cluster`: set-up, then the tests in test/cluster. Arguments go to jest.
 * The last line on stdout is `N passed, N failed`.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckRun } from './set-up/check-run.mjs';

const run = new CheckRun(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));

await run.prepare('dependencies', 'dependencies');
await run.prepare('build', 'build');
await run.prepare('Temporal CLI', 'temporal-cli');
await run.prepare('PostgreSQL, Temporal server, schema tool and UI', 'cluster');
// One file at a time: each starts a cluster.
await run.jest(['--config=jest.cluster.config.js', '--verbose', ...process.argv.slice(2)], 1);
run.finish();
