import { Client, Connection } from '@temporalio/client';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionsClient, type AttemptProgress, type Sealing } from '../../src/client';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server';
import { newKeyPair, type PublicKeySet } from '../../src/secrets/key-set';
import { attemptSearchAttributes } from '../../tools/attempt-search-attributes';
import type { RunningChild } from '../../tools/child-process';
import { createSandboxUser } from '../../tools/sandbox-process';
import { startDevServer, type DevServer } from '../../tools/temporal-dev-server';
import { startWorkerProcess } from '../../tools/worker-process';
import { SandboxAdmin } from '../sandbox-admin';

export const API_KEY = 'an-end-to-end-key';

/** What a world needs of a Temporal server; the cluster's is one too. */
export type ServerUnderTest = Pick<DevServer, 'address' | 'output' | 'stop' | 'kill'>;

const devServer = (): Promise<ServerUnderTest> =>
  startDevServer({ searchAttributes: attemptSearchAttributes });

/** A Temporal server (the dev server, unless told otherwise) and a key pair, for all tests of a file; each test has a `Stage` of its own on it. */
export class AttemptWorld {
  private readonly stages: Stage[] = [];
  private stagesBegun = 0;

  private constructor(
    readonly server: ServerUnderTest,
    readonly connection: Connection,
    readonly temporal: Client,
    readonly publicKeys: PublicKeySet,
    /** holds the private keys, and what else a test may want to write */
    readonly folder: string,
  ) {}

  static async start(startServer = devServer): Promise<AttemptWorld> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'basiq-connections-'));
    const { privateKeys, publicKeys } = await newKeyPair();
    await writeFile(path.join(folder, 'private.jwks.json'), JSON.stringify(privateKeys), { mode: 0o600 });
    const server = await startServer();
    const connection = await Connection.connect({ address: server.address });
    return new AttemptWorld(server, connection, new Client({ connection }), publicKeys, folder);
  }

  get privateKeysFile(): string {
    return path.join(this.folder, 'private.jwks.json');
  }

  async stage(options: StageOptions = {}): Promise<Stage> {
    this.stagesBegun += 1;
    const stage = await Stage.open(this, `stage-${this.stagesBegun}`, options);
    this.stages.push(stage);
    return stage;
  }

  async stop(): Promise<void> {
    await Promise.all(this.stages.map((stage) => stage.close()));
    await this.connection.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export interface StageOptions {
  sandbox?: Partial<SandboxOptions>;
  sealing?: Sealing;
  workerEnv?: Readonly<Record<string, string>>;
}

/** A Basiq, a task queue with its worker processes, and a client: what one test does cannot touch another. */
export class Stage {
  private readonly workers: RunningChild[] = [];

  private constructor(
    readonly world: AttemptWorld,
    readonly taskQueue: string,
    readonly sandbox: Sandbox,
    readonly admin: SandboxAdmin,
    readonly client: ConnectionsClient,
    private readonly workerEnv: Readonly<Record<string, string>>,
  ) {}

  static async open(world: AttemptWorld, taskQueue: string, options: StageOptions): Promise<Stage> {
    const { queueScale = 1, stepMs = 0 } = options.sandbox ?? {};
    const sandbox = await startSandbox({ apiKey: API_KEY, ...options.sandbox, queueScale, stepMs });
    const { temporal, publicKeys } = world;
    const client = new ConnectionsClient({ temporal, taskQueue, sealing: options.sealing ?? publicKeys });
    return new Stage(world, taskQueue, sandbox, new SandboxAdmin(sandbox.url, API_KEY), client, {
      BASIQ_QUEUE_SCALE: String(queueScale),
      SECRETS_PRIVATE_KEYS_FILE: world.privateKeysFile,
      ...options.workerEnv,
    });
  }

  /** A worker process of the build in dist/, or in another folder; it takes tasks when this returns. */
  async startWorker(env: Readonly<Record<string, string>> = {}, build?: string): Promise<RunningChild> {
    const worker = await startWorkerProcess({
      address: this.world.server.address,
      basiqUrl: this.sandbox.url,
      basiqApiKey: API_KEY,
      taskQueue: this.taskQueue,
      env: { ...this.workerEnv, ...env },
      ...(build === undefined ? {} : { build }),
    });
    this.workers.push(worker);
    return worker;
  }

  newUser(): Promise<string> {
    return createSandboxUser(this.sandbox.url, API_KEY, 'gavin@hooli.com');
  }

  /**
   * Waits for the attempt to be as wanted.
   * @throws Error when it ends before that
   */
  async until(workflowId: string, wanted: (progress: AttemptProgress) => boolean): Promise<AttemptProgress> {
    for (;;) {
      const progress = await this.client.status(workflowId);
      if (wanted(progress)) return progress;
      if (progress.execution !== 'running') {
        throw new Error(`The attempt ended before it was as wanted: ${JSON.stringify(progress)}`);
      }
      await delay(50);
    }
  }

  async untilPhase(workflowId: string, phase: AttemptProgress['phase']): Promise<AttemptProgress> {
    return this.until(workflowId, (progress) => progress.phase === phase);
  }

  /** How often Basiq was asked. */
  async callsOf(route: string): Promise<number> {
    return (await this.admin.requests(route)).length;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.sandbox.close();
  }
}

/** Asks until the answer is true; the test's own time limit ends it otherwise. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50);
}
