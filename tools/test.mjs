/**
 * `npm test`: set-up, then every check, whether or not one before it failed. Arguments go to jest.
 * The last line on stdout is `N passed, N failed`: checks and jest's tests together.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { countTests } from './set-up/jest-count.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const jestArguments = process.argv.slice(2);

const failures = [];
let passed = 0;

const inNodeModules = (...parts) => path.join('node_modules', ...parts);
const prepare = (what) => ['tools/prepare.mjs', what];
await check('dependencies', prepare('dependencies'));
await check('build', prepare('build'));
await check('Temporal CLI', prepare('temporal-cli'));
await check('Temporal test server', prepare('test-server'));
await check('types', [inNodeModules('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
await check('lint', [inNodeModules('eslint', 'bin', 'eslint.js'), '.']);
await check('format', [inNodeModules('prettier', 'bin', 'prettier.cjs'), '--check', '.']);
await runJest();

for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function check(name, args) {
  const startedAt = Date.now();
  const end = await runNode(args);
  const took = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  if (end === 0) {
    passed += 1;
    console.log(`ok      ${name} (${took})`);
  } else {
    failures.push(`${name} (${end})`);
    console.log(`FAILED  ${name} (${took})`);
  }
}

async function runJest() {
  const file = path.join(root, '.dev', `jest-${process.pid}.json`);
  await mkdir(path.dirname(file), { recursive: true });
  const end = await runNode([
    inNodeModules('jest', 'bin', 'jest.js'),
    ...['--maxWorkers=2', '--json', `--outputFile=${file}`],
    ...jestArguments,
  ]);
  const results = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  await rm(file, { force: true });
  const count = countTests(results, end);
  passed += count.passed;
  failures.push(...count.failures);
  if (count.skipped > 0) console.log(`${count.skipped} tests were skipped`);
}

/** What it writes goes to the terminal as it comes. Exit code, or the signal that ended it. */
function runNode(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
}
