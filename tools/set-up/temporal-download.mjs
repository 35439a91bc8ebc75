import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { clearTimeout, setTimeout } from 'node:timers';
import { lastLines, run } from './run.mjs';

const probeMs = 5_000;
const silenceMs = 20_000;

/**
 * Temporal's own download service, asked as its SDKs ask it.
 *
 * @param {{ artifact: string, version: string }} server
 * @param {string} [baseUrl]
 * @returns {Promise<{ archiveUrl: string, fileToExtract: string } | undefined>} undefined: it cannot be
 *   reached within a few seconds, or has nothing for this machine
 */
export async function findDownload(server, baseUrl = 'https://temporal.download') {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch];
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform];
  if (arch === undefined || platform === undefined) return undefined;
  const url = new URL(`${baseUrl}/${server.artifact}/v${server.version}`);
  url.search = `?arch=${arch}&platform=${platform}`;
  try {
    const response = await globalThis.fetch(url, { signal: globalThis.AbortSignal.timeout(probeMs) });
    if (!response.ok) return undefined;
    const info = await response.json();
    if (typeof info.archiveUrl !== 'string' || typeof info.fileToExtract !== 'string') return undefined;
    return info;
  } catch {
    return undefined;
  }
}

/**
 * Downloads and unpacks (tar reads .tar.gz everywhere, and .zip on Windows and macOS) one executable.
 * @throws Error when nothing has come for 20 seconds, or the archive cannot be read
 */
export async function download({ archiveUrl, fileToExtract }, executable) {
  const folder = `${executable}.unpack`;
  await mkdir(folder, { recursive: true });
  const archive = path.join(folder, 'archive');
  const abort = new globalThis.AbortController();
  let timer;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(new Error('nothing has come for 20 seconds')), silenceMs);
  };
  heard();
  try {
    const response = await globalThis.fetch(archiveUrl, { signal: abort.signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status} from ${archiveUrl}`);
    await pipeline(Readable.fromWeb(response.body).on('data', heard), createWriteStream(archive));
  } finally {
    clearTimeout(timer);
  }
  const tar = await run('tar', ['-xf', archive, '-C', folder]);
  if (tar.code !== 0) throw new Error(`The archive cannot be unpacked:\n${lastLines(tar.output)}`);
  await rename(path.join(folder, fileToExtract), executable);
  await chmod(executable, 0o755);
  await rm(folder, { recursive: true, force: true });
}
