/**
 * Finds the Temporal servers that development needs, or makes them. It needs nothing but Node:
 *
 *   node tools/find-temporal-server.mjs cli|test-server|server|sql-tool|ui
 *
 * The path on stdout, progress on stderr.
 */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './set-up/lock.mjs';
import { run } from './set-up/run.mjs';
import { download, findDownload } from './set-up/temporal-download.mjs';
import { temporalPrograms } from './set-up/temporal-programs.mjs';

/**
 * @param {keyof typeof temporalPrograms} name
 * @returns {Promise<string>} path of an executable; throws an Error that names every way out
 */
export const findTemporalProgram = (name) => find(temporalPrograms[name]);

const say = (line) => console.error(line);

async function find(server) {
  const named = process.env[server.variable];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named)) throw new Error(`${server.variable}: there is no executable file at ${named}`);
    return path.resolve(named);
  }
  if (server.onPath) {
    const found = (process.env.PATH ?? '')
      .split(path.delimiter)
      .map((folder) => path.resolve(folder, server.file))
      .find(isExecutable);
    if (found !== undefined) {
      if (await proves(server, found)) return found;
      say(`${found} is on PATH and does not work as ${server.title}; looking further.`);
    }
  }
  const folder = path.join(
    cacheFolder(),
    `${server.artifact}-${server.version}-${process.platform}-${process.arch}`,
  );
  const executable = path.join(folder, server.file);
  if (isExecutable(executable)) return executable;
  return withLock(
    `${folder}.lock`,
    server.title,
    async () => {
      if (!isExecutable(executable)) await make(server, folder);
      return executable;
    },
    say,
  );
}

/** Everything is made in a folder beside the real one, so that what is found there is always whole. */
async function make(server, folder) {
  const unfinished = `${folder}.unfinished`;
  const executable = path.join(unfinished, server.file);
  const problems = [];
  const attempt = async (way) => {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    try {
      await way();
      if (!(await proves(server, executable))) throw new Error('what came does not run on this machine');
      await rm(folder, { recursive: true, force: true });
      await rename(unfinished, folder);
      return true;
    } catch (error) {
      problems.push(error.message);
      await rm(unfinished, { recursive: true, force: true });
      return false;
    }
  };

  const offer = server.downloads ? await findDownload(server) : undefined;
  if (server.downloads && offer === undefined) {
    problems.push('temporal.download cannot be reached, or has nothing for this machine');
  }
  if (offer !== undefined) {
    say(`Downloading ${server.title} ${server.version} …`);
    if (await attempt(() => download(offer, executable))) return;
  }
  if (await server.hasTools()) {
    if (await attempt(() => server.build(server.version, executable, say))) return;
  } else {
    problems.push(`${server.tools}, to build it from package registries: not found`);
  }
  throw new Error(
    [
      `There is no way to get ${server.title} here:`,
      ...problems.map((problem) => `- ${problem}`),
      'Any one of these helps:',
      `- ${server.variable}=/path/to/${server.file}, an executable that you have (for each program there is such ` +
        `a variable: ${Object.values(temporalPrograms)
          .map(({ variable }) => variable)
          .join(', ')})`,
      ...(server.onPath ? [`- ${server.file} on PATH`] : []),
      ...(server.downloads ? ['- a network that reaches https://temporal.download'] : []),
      `- ${server.tools} on PATH, and a network that reaches their package registry`,
    ].join('\n'),
  );
}

async function proves(server, executable) {
  const { output } = await run(executable, server.proof.args, { limitMs: 30_000 });
  return server.proof.says.test(output);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function cacheFolder() {
  const base =
    process.env.XDG_CACHE_HOME ||
    (process.platform === 'darwin' && path.join(os.homedir(), 'Library', 'Caches')) ||
    (process.platform === 'win32' && process.env.LOCALAPPDATA) ||
    path.join(os.homedir(), '.cache');
  return path.join(base, 'basiq-connections');
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const asked = process.argv[2] ?? '';
  if (!Object.hasOwn(temporalPrograms, asked)) {
    say(`usage: node tools/find-temporal-server.mjs ${Object.keys(temporalPrograms).join('|')}`);
    process.exitCode = 2;
  } else {
    try {
      console.log(await findTemporalProgram(asked));
    } catch (error) {
      say(error.message);
      process.exitCode = 1;
    }
  }
}
