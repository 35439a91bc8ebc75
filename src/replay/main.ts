import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Command, InvalidArgumentError } from 'commander';
import path from 'node:path';
import { replayHistories, type ReplayReport } from './replay-histories';
import { ServerHistories } from './server-histories';
import { storedHistories } from './stored-histories';

const STORED = path.join(__dirname, '..', '..', 'test', 'replay', 'histories');
const OPEN = 'ExecutionStatus = "Running"';

const command = new Command('replay')
  .description(
    'Replays what Temporal recorded of attempts with the workflow code of this build; changes nothing.',
  )
  .argument('[folder]', 'a folder of stored histories', STORED)
  .option('--from-server', 'replay attempts of the Temporal server that the environment names')
  .option('--query <filter>', "which attempts of the server, as a list filter of Temporal's", OPEN)
  .option('--limit <n>', 'at most so many of them, the newest first', positiveCount)
  .action(async (folder: string, options: Options) => {
    const report = options.fromServer === true ? await fromServer(options) : await fromFolder(folder);
    if (report.failed > 0) process.exitCode = 1;
  });

interface Options {
  fromServer?: true;
  query: string;
  limit?: number;
}

async function fromFolder(folder: string): Promise<ReplayReport> {
  const report = await replayHistories(storedHistories(folder));
  tell(report, []);
  return report;
}

async function fromServer({ query, limit }: Options): Promise<ReplayReport> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  try {
    const temporal = new Client({ connection, namespace });
    const histories = new ServerHistories({ temporal, query, limit: limit ?? null });
    const report = await replayHistories(histories, (count) => {
      if (count % 1_000 === 0) console.error(`${count} replayed …`);
    });
    const { gone, notBegun } = histories;
    tell(report, [`${notBegun} not begun yet`, `${gone} deleted meanwhile`]);
    return report;
  } finally {
    await connection.close();
  }
}

function tell({ replayed, failed, failures }: ReplayReport, more: string[]): void {
  for (const { workflowId, reason } of failures) console.log(`FAILED ${workflowId}: ${reason}`);
  if (failed > failures.length) console.log(`… and ${failed - failures.length} more`);
  console.log([`${replayed} replayed`, `${failed} failed`, ...more].join(', '));
  if (failed > 0) {
    console.log(
      [
        'Do not roll this build out: the attempts named would stand still until code that fits is back.',
        "Guard the change of the workflow with patched('…'), so that they go on as they began: docs/operations.md, Deploys.",
      ].join('\n'),
    );
  } else if (replayed === 0) {
    console.log('There was nothing to replay, so this says nothing about the build.');
  }
}

function positiveCount(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(value);
}

/** A server's own words are in the cause: what it does not understand of the filter, for instance. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return isGrpcServiceError(cause) ? `${error.message}: ${cause.details}` : error.message;
}

command.parseAsync().catch((error: unknown) => {
  console.error(`replay: ${describe(error)}`);
  process.exitCode = 1;
});
