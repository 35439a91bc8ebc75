import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';

const beatMs = 5_000;
/** An owner on another machine, or one whose pid was given to somebody else, is gone when its beat is. */
const silentMs = 60_000;

/**
 * Runs `work` while this process alone holds the lock file. A lock whose owner has died is taken over.
 * It saves doing the same work twice and is no more than that: whatever is made under it is made aside and
 * renamed into place.
 *
 * @template T
 * @param {string} file
 * @param {string} what what is made under the lock, for the line that says we wait
 * @param {() => Promise<T>} work
 * @param {(line: string) => void} say
 * @returns {Promise<T>}
 */
export async function withLock(file, what, work, say) {
  await mkdir(path.dirname(file), { recursive: true });
  let saidSo = false;
  while (!(await acquire(file))) {
    const owner = await takeOverOrRead(file);
    if (owner === undefined) continue;
    if (!saidSo) say(`Waiting for another set-up (process ${owner.pid} on ${owner.host}): ${what} …`);
    saidSo = true;
    await delay(200);
  }
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), beatMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(file, { force: true });
  }
}

async function acquire(file) {
  let handle;
  try {
    handle = await open(file, 'wx');
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  await handle.writeFile(JSON.stringify({ pid: process.pid, host: os.hostname() }));
  await handle.close();
  return true;
}

/** The living owner, or undefined when the lock is free now. */
async function takeOverOrRead(file) {
  const found = await read(file);
  if (found === undefined) return undefined;
  if (!isStale(found)) return found.owner;

  // Two that judge it stale must not both take it: a rename succeeds for one of them. Should a new owner
  // have come in between, its file is put back.
  const aside = `${file}.${process.pid}.stale`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  const moved = await read(aside);
  if (moved !== undefined && !isStale(moved)) {
    await rename(aside, file);
    return moved.owner;
  }
  await rm(aside, { force: true });
  return undefined;
}

async function read(file) {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const silence = Date.now() - mtimeMs;
    try {
      return { owner: JSON.parse(text), silence };
    } catch {
      // Created in this moment and not yet written, or its owner died just then.
      return { owner: { pid: 'unknown', host: 'unknown' }, silence };
    }
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isStale({ owner, silence }) {
  if (silence > silentMs) return true;
  if (owner.host !== os.hostname() || !Number.isInteger(owner.pid)) return false;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
