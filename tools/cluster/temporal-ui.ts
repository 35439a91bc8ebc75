import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startChild, type OutputLine, type RunningChild } from '../child-process';
import { freePort } from '../free-ports';
import { clusterProgramPath } from '../temporal-servers';

const host = '127.0.0.1';

/**
 * Temporal's Web UI on a port of the loopback address; without one (or with 0) a free one.
 * @param folder for its configuration
 */
export async function startTemporalUi(
  folder: string,
  temporalAddress: string,
  options: { port?: number | undefined; onLine?: ((line: OutputLine) => void) | undefined } = {},
): Promise<{ url: string; child: RunningChild }> {
  const port = options.port || (await freePort());
  const url = `http://localhost:${port}`;
  // JSON is YAML. Why each: docker-compose.yml.
  const settings = {
    temporalGrpcAddress: temporalAddress,
    host,
    port,
    enableUi: true,
    defaultNamespace: 'default',
    disableNewsFetch: true,
    cors: { cookieInsecure: true, allowOrigins: [url, `http://${host}:${port}`] },
  };
  await writeFile(path.join(folder, 'ui.yaml'), JSON.stringify(settings));
  const child = await startChild({
    name: "Temporal's UI",
    command: clusterProgramPath('ui'),
    args: ['--root', folder, '--config', '.', '--env', 'ui', 'start'],
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
  });
  try {
    await child.waitUntil(async () => (await fetch(`http://${host}:${port}/healthz`)).ok, 30_000);
    return { url, child };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
