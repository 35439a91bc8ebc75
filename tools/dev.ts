/** `npm run dev`: all that daily work needs, until Ctrl-C. */
import { Command, InvalidArgumentError } from 'commander';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_TASK_QUEUE } from '../src/contract/names';
import { attemptByHand } from './attempt-by-hand';
import { attemptSearchAttributes } from './attempt-search-attributes';
import { describeEnd, startChild } from './child-process';
import { createSandboxUser, startSandboxProcess } from './sandbox-process';
import { prefixed, StayUp } from './stay-up';
import { startDevServer } from './temporal-dev-server';
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

const up = new StayUp();

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
  mkdirSync(devFolder, { recursive: true });
  const privateKeys = await keysFile();

  const server = await startDevServer({
    dbFile: path.join(devFolder, 'temporal.db'),
    port: options.port,
    uiPort: options.uiPort,
    searchAttributes: attemptSearchAttributes,
    // A server that stops complains of itself at length.
    onLine: (line) => {
      if (!up.isStopping()) prefixed('temporal')(line);
    },
  });
  up.keep(() => server.stop());
  up.watch('Temporal dev server', server.ended);

  const sandbox = await startSandboxProcess({
    apiKey,
    port: options.sandboxPort,
    queueScale: options.queueScale,
    onLine: prefixed('sandbox'),
  });
  up.keep(() => sandbox.child.stop());
  up.watch('sandbox', sandbox.child.ended);

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
  up.keep(() => worker.stop());
  up.watch('worker', worker.ended);

  const userId = await createSandboxUser(sandbox.url, apiKey, 'gavin@hooli.com');
  console.log(`
Temporal       ${server.address}, its Web UI ${server.uiUrl ?? ''}
Basiq sandbox  ${sandbox.url}, API key ${apiKey}; it forgets all when it stops, Temporal does not
Keys           ${path.dirname(privateKeys)} (public.jwks.json is what a back-end seals with)

${attemptByHand(server.address, taskQueue, userId)}

Ctrl-C stops all of it.
`);
}

void up.run(main);
