/** `npm run cluster`: the topology of docker-compose.yml as plain processes, until Ctrl-C. It keeps nothing. */
import { Command, InvalidArgumentError } from 'commander';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_TASK_QUEUE } from '../../src/contract/names';
import { newKeyPair } from '../../src/secrets/key-set';
import { attemptByHand } from '../attempt-by-hand';
import { lastingPorts } from '../free-ports';
import { createSandboxUser, startSandboxProcess } from '../sandbox-process';
import { prefixed, StayUp } from '../stay-up';
import { startWorkerProcess } from '../worker-process';
import { startCluster } from './cluster';

interface CommandLine {
  port: number;
  uiPort: number;
  workers: number;
  queueScale: number;
  verbose?: true;
}

const apiKey = 'cluster-api-key';
const up = new StayUp();

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('It must be a number.');
  return value;
};

const options = new Command('cluster')
  .description('Temporal on PostgreSQL, its Web UI, Basiq sandbox and workers, until Ctrl-C; keeps nothing')
  .option('--port <port>', 'Temporal (gRPC), below 32768; 0 for any free port', number, 0)
  .option('--ui-port <port>', "Temporal's Web UI; 0 for any free port", number, 0)
  .option('--workers <n>', 'how many worker processes', number, 2)
  .option('--queue-scale <n>', "divides the sandbox's retry queue of two hours and seven days", number, 1)
  .option('--verbose', 'also what PostgreSQL, Temporal and its UI write')
  .parse()
  .opts<CommandLine>();

async function main(): Promise<void> {
  const starting = startCluster({
    port: options.port,
    uiPort: options.uiPort,
    say: (line) => console.log(line),
    onLine: (part, line) => {
      if (options.verbose === true && !up.isStopping()) prefixed(part)(line);
    },
  });
  // Also one that is not up yet: it must not leave its data.
  up.keep(() =>
    starting.then(
      (cluster) => cluster.stop(),
      () => undefined,
    ),
  );
  const cluster = await starting;
  up.watch('PostgreSQL', cluster.postgresql.process().ended);
  up.watch('The Temporal server', cluster.server.process().ended);

  const { queueScale } = options;
  const sandbox = await startSandboxProcess({ apiKey, queueScale, onLine: prefixed('sandbox') });
  up.keep(() => sandbox.child.stop());
  up.watch('The sandbox', sandbox.child.ended);

  const folder = mkdtempSync(path.join(os.tmpdir(), 'basiq-connections-keys-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { privateKeys, publicKeys } = await newKeyPair();
  const [privateFile, publicFile] = ['private.jwks.json', 'public.jwks.json'].map((name) =>
    path.join(folder, name),
  );
  if (privateFile === undefined || publicFile === undefined) throw new Error('unreachable');
  writeFileSync(privateFile, JSON.stringify(privateKeys), { mode: 0o600 });
  writeFileSync(publicFile, JSON.stringify(publicKeys));

  const ports = await lastingPorts(options.workers);
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  await Promise.all(
    addresses.map(async (address, index) => {
      const name = `worker ${index + 1}`;
      const worker = await startWorkerProcess({
        address: cluster.address,
        basiqUrl: sandbox.url,
        basiqApiKey: apiKey,
        taskQueue: DEFAULT_TASK_QUEUE,
        env: {
          ALLOW_PLAIN_SECRETS: 'true',
          SECRETS_PRIVATE_KEYS_FILE: privateFile,
          BASIQ_QUEUE_SCALE: String(queueScale),
          WORKER_HTTP_ADDRESS: address,
        },
        onLine: prefixed(name),
      });
      up.keep(() => worker.stop());
      up.watch(name, worker.ended);
    }),
  );

  const userId = await createSandboxUser(sandbox.url, apiKey, 'gavin@hooli.com');
  const { host, port, user, password } = cluster.postgresql;
  console.log(`
Temporal       ${cluster.address}, its Web UI ${cluster.uiUrl ?? ''}, its metrics ${cluster.server.metricsUrl}
PostgreSQL     postgresql://${user}:${password}@${host}:${port}/temporal (and …/temporal_visibility)
Basiq sandbox  ${sandbox.url}, API key ${apiKey}
Workers        ${addresses.map((address) => `http://${address}/metrics`).join(', ')}
Keys           ${folder} (public.jwks.json is what a back-end seals with)

${attemptByHand(cluster.address, DEFAULT_TASK_QUEUE, userId)}

Ctrl-C stops all of it, and takes its data away.
`);
}

void up.run(main);
