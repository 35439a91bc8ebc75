import path from 'node:path';
import { startChild, type OutputLine, type RunningChild } from '../child-process';
import { lastingPorts } from '../free-ports';
import { withoutTemporalSettings } from '../temporal-environment';
import { clusterProgramPath } from '../temporal-servers';
import type { Postgresql } from './postgresql';
import { startPart, type ClusterPart } from './restartable-process';

export interface TemporalServer extends ClusterPart {
  /** `127.0.0.1:PORT`, for gRPC. */
  readonly address: string;
  /** Prometheus text of the server's own metrics. */
  readonly metricsUrl: string;
}

export const projectFolder = path.join(__dirname, '..', '..');
const readyLimitMs = 120_000;
const host = '127.0.0.1';

/** What docker-compose.yml gives the service `temporal`, but for its password, its ports and its places. */
export const temporalServerSettings = {
  DB: 'postgres12',
  DBNAME: 'temporal',
  VISIBILITY_DBNAME: 'temporal_visibility',
  NUM_HISTORY_SHARDS: '512',
  TEMPORAL_BROADCAST_ADDRESS: host,
  TEMPORAL_ALLOW_NO_AUTH: 'true',
} as const;

/** The ports of the server's four services, by the variables of its built-in configuration, and of its metrics. */
const portVariables = [
  'FRONTEND_GRPC_PORT',
  'FRONTEND_HTTP_PORT',
  'FRONTEND_MEMBERSHIP_PORT',
  'HISTORY_GRPC_PORT',
  'HISTORY_MEMBERSHIP_PORT',
  'MATCHING_GRPC_PORT',
  'MATCHING_MEMBERSHIP_PORT',
  'WORKER_GRPC_PORT',
  'WORKER_MEMBERSHIP_PORT',
  'metrics',
] as const;

/**
 * Temporal's four services in one process, as in the image that docker-compose.yml runs: the configuration is the one
 * that is built into the program, filled in by the environment. The databases must have their schema.
 */
export async function startTemporalServer(
  database: Postgresql,
  options: { port?: number | undefined; onLine?: ((line: OutputLine) => void) | undefined } = {},
): Promise<TemporalServer> {
  const found = await lastingPorts(portVariables.length);
  const ports = new Map(portVariables.map((name, index) => [name, found[index] ?? 0]));
  if (options.port !== undefined && options.port !== 0) ports.set('FRONTEND_GRPC_PORT', options.port);
  const port = (name: (typeof portVariables)[number]): string => String(ports.get(name) ?? 0);

  const env = {
    ...withoutTemporalSettings(),
    ...temporalServerSettings,
    ...Object.fromEntries([...ports].map(([name, number]) => [name, String(number)])),
    DB_PORT: String(database.port),
    POSTGRES_SEEDS: database.host,
    POSTGRES_USER: database.user,
    POSTGRES_PWD: database.password,
    BIND_ON_IP: host,
    DYNAMIC_CONFIG_FILE_PATH: path.join(
      projectFolder,
      'docker',
      'temporal-dynamic-config',
      'production.yaml',
    ),
    PROMETHEUS_ENDPOINT: `${host}:${port('metrics')}`,
  };
  const begin = async (): Promise<RunningChild> => {
    const child = await startChild({
      name: 'Temporal server',
      command: clusterProgramPath('server'),
      args: ['start'],
      env,
      ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
    });
    try {
      // The health check of docker-compose.yml.
      const url = `http://${host}:${port('FRONTEND_HTTP_PORT')}/api/v1/cluster-info`;
      await child.waitUntil(async () => (await fetch(url)).ok, readyLimitMs);
      return child;
    } catch (error) {
      await child.stop();
      throw error;
    }
  };
  const part = await startPart({
    name: 'Temporal server',
    begin,
    stop: (child) => child.stop(30_000),
    passing: /address already in use/,
  });
  return {
    ...part,
    address: `${host}:${port('FRONTEND_GRPC_PORT')}`,
    metricsUrl: `http://${env.PROMETHEUS_ENDPOINT}/metrics`,
  };
}
