import { startCluster } from '../../tools/cluster/cluster';
import { clusterProgramPath, postgresqlFolder } from '../../tools/temporal-servers';
import type { TemporalUnderTest } from './temporal-under-test';

/** How to start Temporal on PostgreSQL, or why it cannot be had on this machine; looking for it may take minutes. */
export function postgresqlCluster(): (() => Promise<TemporalUnderTest>) | string {
  try {
    postgresqlFolder();
    clusterProgramPath('server');
    clusterProgramPath('sql-tool');
  } catch {
    return 'PostgreSQL or temporal-server is not on this machine, and could not be set up (see above)';
  }
  return startIt;
}

async function startIt(): Promise<TemporalUnderTest> {
  const cluster = await startCluster();
  const { address, server, postgresql } = cluster;
  return {
    address,
    server: { kill: () => server.kill(), restart: () => server.restart() },
    database: { kill: () => postgresql.kill(), restart: () => postgresql.restart() },
    stop: () => cluster.stop(),
  };
}
