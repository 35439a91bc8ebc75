/**
 * `npm test`: set-up, then every check, whether or not one before it failed. Arguments go to jest.
 * The last line on stdout is `N passed, N failed`: checks and jest's tests together.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckRun, inNodeModules } from './set-up/check-run.mjs';

const run = new CheckRun(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));

await run.prepare('dependencies', 'dependencies');
await run.prepare('build', 'build');
await run.prepare('Temporal CLI', 'temporal-cli');
await run.prepare('Temporal test server', 'test-server');
await run.check('types', [inNodeModules('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
await run.check('lint', [inNodeModules('eslint', 'bin', 'eslint.js'), '.']);
await run.check('format', [inNodeModules('prettier', 'bin', 'prettier.cjs'), '--check', '.']);
await run.jest(process.argv.slice(2));
run.finish();
