/**
 * Finds PostgreSQL's server programs, or installs Debian's package of them. It needs nothing but Node:
 *
 *   node tools/find-postgresql.mjs      the folder of `postgres` and `initdb` on stdout, progress on stderr
 */
import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLines, run } from './set-up/run.mjs';

const installCommand = 'apt-get install --yes --no-install-recommends postgresql';

const say = (line) => console.error(line);

/**
 * @param {string} debianFolder where Debian and Ubuntu have them: not on PATH, because several versions may be there
 * @returns {Promise<string>} the folder; throws an Error that says how to get it
 */
export async function findPostgresql(debianFolder = '/usr/lib/postgresql') {
  const there = installed(debianFolder);
  if (there !== undefined) return there;
  const problem = await installDebianPackage();
  const now = installed(debianFolder);
  if (now !== undefined) return now;
  throw new Error(
    [
      'PostgreSQL is not here (`postgres` and `initdb`, version 12 or newer):',
      `- ${problem}`,
      'Any one of these helps:',
      `- on Debian or Ubuntu: sudo ${installCommand}`,
      '- on macOS: brew install postgresql@16, and the `bin` folder that it names on PATH',
      '- elsewhere: the folder of its server programs on PATH',
    ].join('\n'),
  );
}

function installed(debianFolder) {
  const onPath = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.resolve(folder));
  return [...onPath, ...debianVersions(debianFolder)].find(
    (folder) => isExecutable(path.join(folder, 'postgres')) && isExecutable(path.join(folder, 'initdb')),
  );
}

/** The newest first. */
function debianVersions(debianFolder) {
  try {
    return readdirSync(debianFolder)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => path.join(debianFolder, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What stood in the way. */
async function installDebianPackage() {
  if ((await run('apt-get', ['--version'])).code !== 0) return 'there is no apt-get to install it with';
  if (process.getuid() !== 0) return 'only root may install it';
  say(`Installing PostgreSQL (${installCommand}) …`);
  const aptGet = (args) =>
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
      // At run level 1 the package does not start the database that it makes for itself.
      env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
  const install = installCommand.split(' ').slice(1);
  let { code, output } = await aptGet(install);
  if (code !== 0) {
    // Most often there is no list of packages yet, or it is too old.
    await aptGet(['update']);
    ({ code, output } = await aptGet(install));
  }
  return code === 0
    ? 'apt-get installed it, and its programs are not there'
    : `apt-get failed:\n${lastLines(output)}`;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(await findPostgresql());
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
