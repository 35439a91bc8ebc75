import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { OutputLine } from '../child-process';
import { withoutTemporalSettings } from '../temporal-environment';
import { clusterProgramPath, temporalCliPath } from '../temporal-servers';
import { startPostgresql, type Postgresql } from './postgresql';
import { runToEnd } from './run-to-end';
import { projectFolder, startTemporalServer, type TemporalServer } from './temporal-server';
import { startTemporalUi } from './temporal-ui';

export interface ClusterOptions {
  /** Temporal's gRPC port; without one (or with 0) a free port. */
  readonly port?: number;
  /** The Web UI's port; 0 for a free port, null or nothing for no UI. */
  readonly uiPort?: number | null;
  readonly onLine?: (part: string, line: OutputLine) => void;
  /** What is done now, for a person who waits. */
  readonly say?: (line: string) => void;
}

/** Temporal on PostgreSQL, with the namespace `default` and the search attributes; no workers and no Basiq. */
export interface Cluster {
  /** `127.0.0.1:PORT`, for gRPC. */
  readonly address: string;
  readonly uiUrl: string | null;
  readonly postgresql: Postgresql;
  readonly server: TemporalServer;
  /** What Temporal's server has written since its last start. */
  output(): string;
  /** SIGKILL to Temporal's server; does not wait. */
  kill(): void;
  /** Takes all of it down, and its data away. */
  stop(): Promise<void>;
}

/**
 * The topology of docker-compose.yml as plain processes, by the same scripts and settings, on free ports.
 * @throws Error when a part is missing on this machine or does not come up
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { onLine, say = () => undefined } = options;
  const lines =
    (part: string): ((line: OutputLine) => void) =>
    (line) =>
      onLine?.(part, line);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'basiq-connections-cluster-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const bin = await linkPrograms(folder);
    say('Starting PostgreSQL …');
    const postgresql = await startPostgresql(lines('postgresql'));
    undo.push(() => postgresql.remove());

    say("Making Temporal's databases and their schema …");
    await runScript('temporal-schema.sh', bin, {
      SQL_PLUGIN: 'postgres12',
      SQL_HOST: postgresql.host,
      SQL_PORT: String(postgresql.port),
      SQL_USER: postgresql.user,
      SQL_PASSWORD: postgresql.password,
    });

    say('Starting the Temporal server …');
    const server = await startTemporalServer(postgresql, {
      port: options.port,
      onLine: lines('temporal'),
    });
    undo.push(() => server.stop());
    const { address } = server;
    await runScript('temporal-namespace.sh', bin, {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: 'default',
      NAMESPACE_RETENTION: '30d',
    });
    await runToEnd({
      name: 'temporal:setup',
      command: process.execPath,
      args: [path.join(projectFolder, 'dist', 'temporal-setup.js')],
      env: { ...withoutTemporalSettings(), TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'default' },
    });

    let uiUrl: string | null = null;
    if (options.uiPort != null) {
      const ui = await startTemporalUi(folder, address, { port: options.uiPort, onLine: lines('ui') });
      undo.push(() => ui.child.stop());
      uiUrl = ui.url;
    }
    return {
      address,
      uiUrl,
      postgresql,
      server,
      output: () => server.process().output(),
      kill: () => server.process().kill(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A folder with Temporal's tools under the names that the scripts call them by. */
async function linkPrograms(folder: string): Promise<string> {
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  await symlink(temporalCliPath(), path.join(bin, 'temporal'));
  await symlink(clusterProgramPath('sql-tool'), path.join(bin, 'temporal-sql-tool'));
  return bin;
}

/** One of the one-shots of docker-compose.yml. */
function runScript(script: string, bin: string, env: Record<string, string>): Promise<void> {
  return runToEnd({
    name: script,
    command: 'sh',
    args: [path.join(projectFolder, 'docker', script)],
    env: {
      ...withoutTemporalSettings(),
      ...env,
      PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
    },
  });
}
