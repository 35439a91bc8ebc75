import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BasiqClient } from '../src/basiq/basiq-client';
import { ConnectionsClient, type AttemptInput, type AttemptProgress } from '../src/client';
import { DEFAULT_TASK_QUEUE } from '../src/contract/names';
import { newKeyPair } from '../src/secrets/key-set';
import { SandboxAdmin } from '../test/sandbox-admin';
import { attemptSearchAttributes } from '../tools/attempt-search-attributes';
import { startChild, type RunningChild } from '../tools/child-process';
import { startSandboxProcess, type SandboxProcess } from '../tools/sandbox-process';
import { startDevServer, type DevServer } from '../tools/temporal-dev-server';
import { startWorkerProcess } from '../tools/worker-process';

const API_KEY = 'a-bench-key';
export const BARE_TASK_QUEUE = 'bare';

/**
 * Temporal's dev server, a Basiq sandbox whose jobs are done at once, our worker and the bare one: each a process of its
 * own, as in production, and this process in the place of the back-end.
 */
export class BenchWorld {
  private constructor(
    private readonly folder: string,
    readonly server: DevServer,
    readonly connection: Connection,
    readonly temporal: Client,
    readonly sandbox: SandboxProcess,
    readonly admin: SandboxAdmin,
    readonly basiq: BasiqClient,
    readonly client: ConnectionsClient,
    /** for a worker: what its keys and limits are */
    readonly workerEnv: Readonly<Record<string, string | undefined>>,
    private readonly workers: RunningChild[],
  ) {}

  static async start(): Promise<BenchWorld> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'basiq-connections-bench-'));
    const { privateKeys, publicKeys } = await newKeyPair();
    const keysFile = path.join(folder, 'private.jwks.json');
    await writeFile(keysFile, JSON.stringify(privateKeys), { mode: 0o600 });
    const server = await startDevServer({ searchAttributes: attemptSearchAttributes, metricsPort: 0 });
    const sandbox = await startSandboxProcess({ apiKey: API_KEY, stepMs: 0 });
    const connection = await Connection.connect({ address: server.address });
    const temporal = new Client({ connection });
    // The limit on calls protects Basiq; here it would be what is measured.
    const noLimit = 100_000;
    return new BenchWorld(
      folder,
      server,
      connection,
      temporal,
      sandbox,
      new SandboxAdmin(sandbox.url, API_KEY),
      new BasiqClient({
        apiUrl: sandbox.url,
        apiKey: API_KEY,
        maxCallsPerSecond: noLimit,
        timeoutMs: 30_000,
      }),
      new ConnectionsClient({ temporal, sealing: publicKeys }),
      {
        ALLOW_PLAIN_SECRETS: undefined,
        APP_APPROVAL_INSTITUTIONS: undefined,
        BASIQ_HTTP_TIMEOUT_MS: undefined,
        BASIQ_QUEUE_SCALE: undefined,
        LOG_LEVEL: 'warn',
        BASIQ_API_URL: sandbox.url,
        BASIQ_API_KEY: API_KEY,
        BASIQ_MAX_CALLS_PER_SECOND: String(noLimit),
        SECRETS_PRIVATE_KEYS_FILE: keysFile,
      },
      [],
    );
  }

  get metricsUrl(): string {
    if (this.server.metricsUrl === null) throw new Error('The server shows no metrics');
    return this.server.metricsUrl;
  }

  async startWorker(): Promise<RunningChild> {
    const worker = await startWorkerProcess({
      address: this.server.address,
      basiqUrl: this.sandbox.url,
      basiqApiKey: API_KEY,
      taskQueue: DEFAULT_TASK_QUEUE,
      env: this.workerEnv,
    });
    this.workers.push(worker);
    return worker;
  }

  /** It takes tasks some time after this returns; who measures lets it do something first. */
  async startBareWorker(): Promise<RunningChild> {
    const worker = await startChild({
      name: 'bare worker',
      command: process.execPath,
      args: bareWorkerArgs(this.server.address, await this.bareBundle()),
    });
    this.workers.push(worker);
    return worker;
  }

  async bareBundle(): Promise<string> {
    const { code } = await bundleWorkflowCode({
      workflowsPath: path.join(__dirname, 'bare', 'workflows.ts'),
      logger: new DefaultLogger('ERROR'),
    });
    const file = path.join(this.folder, 'bare-workflows.js');
    await writeFile(file, code);
    return file;
  }

  async newUsers(count: number): Promise<string[]> {
    const users: string[] = [];
    await inParallel(range(count), 20, async () => {
      users.push((await this.basiq.createUser({ email: 'gavin@hooli.com' })).id);
    });
    return users;
  }

  /** Waits for the attempt to be as wanted. */
  async until(workflowId: string, wanted: (progress: AttemptProgress) => boolean): Promise<AttemptProgress> {
    for (;;) {
      const progress = await this.client.status(workflowId);
      if (wanted(progress)) return progress;
      if (progress.execution !== 'running') throw new Error(`The attempt ended ${progress.phase} too early`);
      await delay(20);
    }
  }

  async stop(): Promise<void> {
    for (const worker of this.workers) await worker.stop();
    await this.sandbox.child.stop();
    await this.connection.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The command line of the bare worker, for node. */
export function bareWorkerArgs(address: string, bundle: string): string[] {
  return [path.join(__dirname, 'bare', 'worker.mjs'), address, BARE_TASK_QUEUE, bundle];
}

/** Gives what `use` gives, and stops the world in any case. */
export async function inWorld<T>(use: (world: BenchWorld) => Promise<T>): Promise<T> {
  const world = await BenchWorld.start();
  try {
    return await use(world);
  } finally {
    await world.stop();
  }
}

export function link(
  userId: string,
  institutionId: string,
  credentials = { loginId: 'jared', password: 'django' },
): AttemptInput {
  return { userId, operation: { kind: 'create', institutionId, credentials } };
}

/** Works through all of them, so many at a time. */
export async function inParallel<T>(
  items: readonly T[],
  atATime: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  await Promise.all(
    range(Math.min(atATime, items.length)).map(async () => {
      for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
    }),
  );
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
