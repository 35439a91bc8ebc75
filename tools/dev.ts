/** `npm run dev`: all that daily work needs, until Ctrl-C. */
import { Command, InvalidArgumentError } from 'commander';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { AttemptInput } from '../src/contract/attempt-input';
import {
  ATTEMPT_STATUS_QUERY,
  DEFAULT_TASK_QUEUE,
  MFA_ANSWER_SIGNAL,
  WORKFLOW_TYPE,
} from '../src/contract/names';
import { attemptWorkflowId } from '../src/contract/workflow-id';
import { attemptSearchAttributes } from './attempt-search-attributes';
import { describeEnd, startChild, type OutputLine, type ChildEnd } from './child-process';
import { createSandboxUser, startSandboxProcess } from './sandbox-process';
import { startDevServer } from './temporal-dev-server';
import { temporalCliPath } from './temporal-servers';
import { startWorkerProcess } from './worker-process';

interface CommandLine {
  port: number;
  uiPort: number;
  sandboxPort: number;
  queueScale: number;
}

const devFolder = path.join(__dirname, '..', '.dev');
const apiKey = 'dev-api-key';

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('It must be a number.');
  return value;
};

const options = new Command('dev')
  .description('Temporal dev server with its Web UI, Basiq sandbox and worker, until Ctrl-C')
  .option('--port <port>', 'Temporal (gRPC); 0 for any free port', number, 7233)
  .option('--ui-port <port>', "Temporal's Web UI", number, 8233)
  .option('--sandbox-port <port>', 'Basiq sandbox', number, 8787)
  .option('--queue-scale <n>', "divides the sandbox's retry queue of two hours and seven days", number, 1)
  .parse()
  .opts<CommandLine>();

/** What must be stopped, in the order it was started. */
const started: { stop: () => Promise<unknown> }[] = [];
let stopping = false;

/** The last started first. What is being started in this moment ends with us (see child-process). */
async function stopAll(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const part of started.reverse()) await part.stop();
  process.exit(exitCode);
}

const prefixed =
  (name: string) =>
  ({ text }: OutputLine): void =>
    console.log(`${name.padEnd(8)} | ${text}`);

/** The end of one part is the end of all. */
function keep(name: string, part: { ended: Promise<ChildEnd>; stop: () => Promise<unknown> }): void {
  started.push(part);
  void part.ended.then((end) => {
    if (!stopping) console.error(`${name} ${describeEnd(end)}; taking the rest down.`);
    return stopAll(1);
  });
}

async function keysFile(): Promise<string> {
  const folder = path.join(devFolder, 'keys');
  const file = path.join(folder, 'private.jwks.json');
  if (existsSync(file)) return file;
  const keys = await startChild({
    name: 'keys',
    command: process.execPath,
    args: [path.join(__dirname, '..', 'dist', 'secrets', 'keys-main.js'), '--out', folder],
  });
  const end = await keys.ended;
  if (!existsSync(file)) throw new Error(`The key pair was not made: ${describeEnd(end)}\n${keys.output()}`);
  return file;
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping) console.log('\nStopping …');
      void stopAll(0);
    });
  }
  mkdirSync(devFolder, { recursive: true });
  const privateKeys = await keysFile();

  const server = await startDevServer({
    dbFile: path.join(devFolder, 'temporal.db'),
    port: options.port,
    uiPort: options.uiPort,
    searchAttributes: attemptSearchAttributes,
    // A server that stops complains of itself at length.
    onLine: (line) => {
      if (!stopping) prefixed('temporal')(line);
    },
  });
  keep('Temporal dev server', server);

  const sandbox = await startSandboxProcess({
    apiKey,
    port: options.sandboxPort,
    queueScale: options.queueScale,
    onLine: prefixed('sandbox'),
  });
  keep('sandbox', sandbox.child);

  const taskQueue = process.env['TEMPORAL_TASK_QUEUE'] ?? DEFAULT_TASK_QUEUE;
  const worker = await startWorkerProcess({
    address: server.address,
    basiqUrl: sandbox.url,
    basiqApiKey: apiKey,
    taskQueue,
    env: {
      ALLOW_PLAIN_SECRETS: 'true',
      SECRETS_PRIVATE_KEYS_FILE: privateKeys,
      BASIQ_QUEUE_SCALE: String(options.queueScale),
    },
    onLine: prefixed('worker'),
  });
  keep('worker', worker);

  const userId = await createSandboxUser(sandbox.url, apiKey, 'gavin@hooli.com');
  const operation = {
    kind: 'create',
    institutionId: 'AU00002',
    credentials: { loginId: 'gavinBelson', password: 'hooli2016' },
  } as const;
  const input: AttemptInput = { userId, operation };
  const temporal = `${temporalCliPath()} workflow`;
  const which = `--address ${server.address} --workflow-id ${attemptWorkflowId(userId, operation)}`;
  console.log(`
Temporal       ${server.address}, its Web UI ${server.uiUrl ?? ''}
Basiq sandbox  ${sandbox.url}, API key ${apiKey}; it forgets all when it stops, Temporal does not
Keys           ${path.dirname(privateKeys)} (public.jwks.json is what a back-end seals with)

An attempt whose bank asks a question (plain credentials are taken here only because this is a sandbox):
  ${temporal} start ${which} --type ${WORKFLOW_TYPE} --task-queue ${taskQueue} --input '${JSON.stringify(input)}'
What it waits for, and the answer:
  ${temporal} query ${which} --type ${ATTEMPT_STATUS_QUERY}
  ${temporal} signal ${which} --name ${MFA_ANSWER_SIGNAL} --input '["Hooli"]'

Ctrl-C stops all of it.
`);
}

main().catch(async (error: unknown) => {
  if (!stopping) console.error(error instanceof Error ? error.message : error);
  await stopAll(1);
});
