import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startChild, type OutputLine, type RunningChild } from '../child-process';
import { lastingPorts } from '../free-ports';
import { postgresqlFolder } from '../temporal-servers';
import { startPart, type ClusterPart } from './restartable-process';
import { runToEnd } from './run-to-end';

export interface Postgresql extends ClusterPart {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Stops it and takes its data away. */
  remove(): Promise<void>;
}

/** docker-compose.yml says why. */
const maxConnections = 200;
const user = 'temporal';

/**
 * A PostgreSQL server with an empty database, on a free port of the loopback address. Its data are in a folder of its
 * own under the system's temporary folder: it does not run as root, and its user may not be able to enter ours.
 * @throws Error when there is no PostgreSQL, or it does not come up within a minute
 */
export async function startPostgresql(onLine?: (line: OutputLine) => void): Promise<Postgresql> {
  const bin = postgresqlFolder();
  const owner = owningUser();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'basiq-connections-postgresql-'));
  const child = {
    cwd: folder,
    ...(owner === undefined ? {} : { runAs: owner }),
    ...(onLine === undefined ? {} : { onLine }),
  };
  const host = '127.0.0.1';
  const [port = 0] = await lastingPorts(1);
  const password = randomBytes(18).toString('base64url');
  const data = path.join(folder, 'data');
  const passwordFile = path.join(folder, 'password');

  const begin = async (): Promise<RunningChild> => {
    const server = await startChild({
      ...child,
      name: 'PostgreSQL',
      command: path.join(bin, 'postgres'),
      args: [
        ...['-D', data, '-h', host, '-p', String(port), '-k', folder],
        ...['-c', `max_connections=${maxConnections}`],
      ],
    });
    try {
      await server.waitForLine(/database system is ready to accept connections/, 60_000);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  };

  try {
    if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (owner !== undefined) await chown(passwordFile, owner.uid, owner.gid);
    await runToEnd({
      ...child,
      name: 'initdb',
      command: path.join(bin, 'initdb'),
      args: [
        ...['-D', data, '--username', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
        // Its messages, which are waited for, are then in English.
        ...['--encoding', 'UTF8', '--locale', 'C'],
      ],
    });
    await rm(passwordFile);
    const part = await startPart({
      name: 'PostgreSQL',
      begin,
      // "Fast": its SIGTERM would wait until the last client has left.
      stop: (server) => {
        server.signal('SIGINT');
        return server.stop(30_000);
      },
      // After a SIGKILL its children are there a moment longer.
      passing: /pre-existing shared memory block|another postmaster|could not bind/,
    });
    return {
      ...part,
      host,
      port,
      user,
      password,
      remove: async () => {
        await part.stop();
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes for it. */
function owningUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const [uid, gid] = ['-u', '-g'].map((which) =>
      Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8', stdio: 'pipe' })),
    );
    if (uid === undefined || gid === undefined) throw new Error('no answer');
    return { uid, gid };
  } catch {
    throw new Error(
      'PostgreSQL does not run as root, and there is no user postgres to run it as: make one (useradd --system postgres), or do not be root.',
    );
  }
}
