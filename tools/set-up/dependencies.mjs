import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { run } from './run.mjs';

/**
 * What is ESM only (jose) is loaded by `require`, which Node allows from 20.19 and from 22.12.
 * @throws Error
 */
export function assertNodeVersion(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const good = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!good)
    throw new Error(`Node ${version} does not do: this project needs 20.19 or newer, or 22.12 or newer.`);
}

/**
 * `npm ci`, unless node_modules already holds what package-lock.json says.
 * @throws Error with what npm says
 */
export async function prepareDependencies(root, say) {
  if (await areInstalled(root)) return;
  await withLock(
    path.join(root, '.dev', 'dependencies.lock'),
    'npm ci',
    async () => {
      if (await areInstalled(root)) return;
      say('Installing the locked dependencies (npm ci) …');
      const { code, output } = await npmCi(root);
      // npm gives its reason first and its usage last.
      if (code !== 0) throw new Error(`npm ci failed:\n${output.trimEnd()}`);
      await writeFile(stampFile(root), await lockHash(root));
    },
    say,
  );
}

const stampFile = (root) => path.join(root, 'node_modules', '.package-lock.sha256');

async function lockHash(root) {
  return createHash('sha256')
    .update(await readFile(path.join(root, 'package-lock.json')))
    .digest('hex');
}

async function areInstalled(root) {
  const hash = await lockHash(root);
  try {
    if ((await readFile(stampFile(root), 'utf8')) === hash) return true;
  } catch {
    // No stamp: nothing is installed, or npm was run by hand.
  }
  if (!(await npmInstalledTheSame(root))) return false;
  await writeFile(stampFile(root), hash);
  return true;
}

/** npm writes down what it installed in a hidden lockfile of the same form, as its last act. */
async function npmInstalledTheSame(root) {
  let installed;
  try {
    installed = JSON.parse(await readFile(path.join(root, 'node_modules', '.package-lock.json'), 'utf8'));
  } catch {
    return false;
  }
  const { packages } = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).every(
    ([place, wanted]) =>
      place === '' || wanted.optional === true || installed.packages[place]?.version === wanted.version,
  );
}

function npmCi(root) {
  const args = ['ci', '--no-audit', '--no-fund'];
  // Inside `npm run` this is npm itself; it spares us npm.cmd on Windows.
  const npm = process.env.npm_execpath;
  return npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)
    ? run(process.execPath, [npm, ...args], { cwd: root })
    : run('npm', args, { cwd: root, shell: process.platform === 'win32' });
}
