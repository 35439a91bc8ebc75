/**
 * Makes what a command needs and does nothing when it is there:
 *
 *   node tools/prepare.mjs [dependencies] [build] [temporal-cli] [test-server] [cluster] [--force]
 *
 * It runs before anything is installed, so it needs nothing but Node. --force builds in any case.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareBuild } from './set-up/build.mjs';
import { assertNodeVersion, prepareDependencies } from './set-up/dependencies.mjs';
import { findPostgresql } from './find-postgresql.mjs';
import { findTemporalProgram } from './find-temporal-server.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => console.error(line);

const asked = process.argv.slice(2).filter((word) => word !== '--force');
const force = process.argv.includes('--force');

const steps = {
  dependencies: () => prepareDependencies(root, say),
  build: () => prepareBuild(root, say, force),
  'temporal-cli': () => findTemporalProgram('cli'),
  'test-server': () => findTemporalProgram('test-server'),
  cluster: async () => {
    await findPostgresql();
    for (const program of ['server', 'sql-tool', 'ui']) await findTemporalProgram(program);
  },
};

try {
  assertNodeVersion();
  const unknown = asked.filter((name) => !Object.hasOwn(steps, name));
  if (unknown.length > 0 || asked.length === 0) {
    throw new Error(`usage: node tools/prepare.mjs [${Object.keys(steps).join('] [')}] [--force]`);
  }
  for (const [name, step] of Object.entries(steps)) {
    if (asked.includes(name)) await step();
  }
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
