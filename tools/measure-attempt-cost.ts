/**
 * What attempts cost in Temporal's databases: starts a cluster, makes so many attempts of a kind at a time and prints
 * what each adds (docs/operations.md, Sizing):
 *
 *   node --import tsx tools/measure-attempt-cost.ts [ATTEMPTS]
 *
 * It needs what `npm run cluster` needs, and `psql` on PATH.
 */
import { Client, Connection } from '@temporalio/client';
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ConnectionsClient } from '../src/client';
import { DEFAULT_TASK_QUEUE } from '../src/contract/names';
import { startCluster } from './cluster/cluster';
import type { Postgresql } from './cluster/postgresql';
import { createSandboxUser, startSandboxProcess } from './sandbox-process';
import { startWorkerProcess } from './worker-process';

const execute = promisify(execFile);
const attempts = Number(process.argv[2] ?? 200);
const apiKey = 'measure';
/** How long a queue of attempts goes on working after its last visible change. */
const settleMs = 15_000;

/** Rows and bytes by table; bytes are those of the rows, indexes and long values, after dead rows were taken out. */
type Sizes = Map<string, { rows: number; bytes: number }>;

async function sizes(postgresql: Postgresql): Promise<Sizes> {
  const found: Sizes = new Map();
  for (const database of ['temporal', 'temporal_visibility']) {
    const { host, port, user, password } = postgresql;
    const query = async (sql: string): Promise<string> => {
      const { stdout } = await execute(
        'psql',
        [...['-h', host, '-p', String(port), '-U', user, '-d', database], ...['-qAtF', ' ', '-c', sql]],
        { env: { ...process.env, PGPASSWORD: password } },
      );
      return stdout;
    };
    await query('VACUUM (FULL, ANALYZE)');
    const lines = await query(
      `SELECT relname, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I', relname), false, true, '')))[1]::text, pg_total_relation_size(relid) FROM pg_stat_user_tables ORDER BY relname`,
    );
    for (const line of lines.trim().split('\n')) {
      const [table = '', rows, bytes] = line.split(' ');
      found.set(`${database}.${table}`, { rows: Number(rows), bytes: Number(bytes) });
    }
  }
  return found;
}

function printDifference(title: string, before: Sizes, after: Sizes): void {
  console.log(`\n${title}: each of ${attempts} attempts adds`);
  const line = (name: string, rows: number, bytes: number): void =>
    console.log(`  ${name.padEnd(44)} ${rows.toFixed(1).padStart(6)} rows ${bytes.toFixed(0).padStart(7)} B`);
  const total = { rows: 0, bytes: 0 };
  for (const [table, { rows, bytes }] of after) {
    const old = before.get(table) ?? { rows: 0, bytes: 0 };
    const more = { rows: (rows - old.rows) / attempts, bytes: (bytes - old.bytes) / attempts };
    if (Math.abs(more.rows) < 0.1 && Math.abs(more.bytes) < 50) continue;
    total.rows += more.rows;
    total.bytes += more.bytes;
    line(table, more.rows, more.bytes);
  }
  line('all', total.rows, total.bytes);
}

/** By Temporal's numbers of event types: what one attempt's history holds. */
async function printHistory(temporal: Client, workflowId: string): Promise<void> {
  const handle = temporal.workflow.getHandle(workflowId);
  const { historyLength, historySize } = await handle.describe();
  const events = (await handle.fetchHistory()).events ?? [];
  const workflowTasks = events.filter(({ workflowTaskStartedEventAttributes: task }) => task != null).length;
  const activities = events.filter(({ activityTaskScheduledEventAttributes: task }) => task != null).length;
  console.log(
    `  history: ${historyLength} events, ${historySize ?? 0} B, ${workflowTasks} workflow tasks, ${activities} activities`,
  );
}

async function main(): Promise<void> {
  const cluster = await startCluster({ say: console.log });
  const sandbox = await startSandboxProcess({ apiKey, stepMs: 300 });
  const worker = await startWorkerProcess({
    address: cluster.address,
    basiqUrl: sandbox.url,
    basiqApiKey: apiKey,
    taskQueue: DEFAULT_TASK_QUEUE,
    env: { ALLOW_PLAIN_SECRETS: 'true', BASIQ_MAX_CALLS_PER_SECOND: '1000' },
  });
  const connection = await Connection.connect({ address: cluster.address });
  const temporal = new Client({ connection });
  const client = new ConnectionsClient({ temporal, sealing: 'send-plain-text' });

  /** By the list: asking hundreds of attempts themselves would be a load of its own. */
  const reach = async (phase: string, count: number): Promise<void> => {
    while ((await temporal.workflow.count(`ConnectionPhase = "${phase}"`)).count < count) await delay(500);
  };

  const measure = async (title: string, institutionId: string, reached: string): Promise<string[]> => {
    const before = await sizes(cluster.postgresql);
    const credentials = { loginId: 'jared', password: 'django' };
    const started: string[] = [];
    for (let index = 0; index < attempts; index += 1) {
      const userId = await createSandboxUser(sandbox.url, apiKey, 'gavin@hooli.com');
      const operation = { kind: 'create', institutionId, credentials } as const;
      started.push((await client.start({ userId, operation })).workflowId);
    }
    await reach(reached, attempts);
    await delay(settleMs);
    printDifference(title, before, await sizes(cluster.postgresql));
    const [first = ''] = started;
    await printHistory(temporal, first);
    return started;
  };

  await measure('finished (plain success)', 'AU00000', 'succeeded');
  await measure('parked (queued at the bank)', 'AU90002', 'queued');
  const asked = await measure('active (awaiting MFA)', 'AU00002', 'awaiting-mfa');
  const before = await sizes(cluster.postgresql);
  await Promise.all(asked.map((attempt) => client.submitMfaAnswer(attempt, { response: ['1234'] })));
  await reach('succeeded', 2 * attempts);
  await delay(settleMs);
  printDifference('from awaiting MFA to finished', before, await sizes(cluster.postgresql));
  await printHistory(temporal, asked[0] ?? '');

  await connection.close();
  await worker.stop();
  await sandbox.child.stop();
  await cluster.stop();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
