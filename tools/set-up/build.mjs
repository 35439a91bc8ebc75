import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { run } from './run.mjs';

/**
 * Compiles src/ into dist/ and bundles the workflows, unless dist/ was made from just these sources.
 * All is made in dist.new/ first: a dist/ is always whole, and holds nothing of a source that is gone.
 * @throws Error with the compiler's output
 */
export async function prepareBuild(root, say, force) {
  if (!force && (await isFresh(root))) return;
  await withLock(
    path.join(root, '.dev', 'build.lock'),
    'the build',
    async () => {
      if (!force && (await isFresh(root))) return;
      say('Building …');
      const hash = await sourceHash(root);
      const made = path.join(root, 'dist.new');
      await rm(made, { recursive: true, force: true });
      try {
        await step(root, 'The compiler', [
          path.join('node_modules', 'typescript', 'bin', 'tsc'),
          ...['-p', 'tsconfig.build.json', '--outDir', made, '--noEmitOnError'],
        ]);
        await step(root, 'Bundling the workflows', [
          path.join('tools', 'bundle-workflows.mjs'),
          path.join(made, 'workflow-bundle.js'),
          path.join(made, 'workflow-bundle-traced.js'),
        ]);
        await writeFile(path.join(made, stampName), hash);
        await replace(root, made);
      } finally {
        await rm(made, { recursive: true, force: true });
      }
    },
    say,
  );
}

const stampName = '.sources.sha256';

async function step(root, what, args) {
  const { code, output } = await run(process.execPath, args, { cwd: root });
  if (code !== 0) throw new Error(`${what} failed:\n${output.trimEnd()}`);
}

async function replace(root, made) {
  const dist = path.join(root, 'dist');
  const old = path.join(root, '.dev', `dist.old.${process.pid}`);
  await rename(dist, old).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(made, dist);
  await rm(old, { recursive: true, force: true });
}

async function isFresh(root) {
  try {
    return (await readFile(path.join(root, 'dist', stampName), 'utf8')) === (await sourceHash(root));
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Dependencies are sources too: the workflows' bundle holds a part of them. */
async function sourceHash(root) {
  const sources = (await readdir(path.join(root, 'src'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
  const configuration = [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'tools/bundle-workflows.mjs',
  ];
  const hash = createHash('sha256');
  for (const file of [...configuration, ...sources]) {
    hash.update(`${file}\n`);
    hash.update(await readFile(path.join(root, file)));
  }
  return hash.digest('hex');
}
