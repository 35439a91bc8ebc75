import { Client, Connection } from '@temporalio/client';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ConnectionsClient, type PublicKeySet } from '../../src/client';
import { CONNECTION_PHASE } from '../../src/contract/search-attributes';
import { startSandbox, type Sandbox } from '../../src/sandbox/server';
import { newKeyPair } from '../../src/secrets/key-set';
import { SandboxAdmin } from '../sandbox-admin';
import { Bank } from './bank';
import { Crew } from './crew';
import { FaultProxy } from './fault-proxy';
import type { TemporalUnderTest } from './temporal-under-test';

const API_KEY = 'a-key-for-faults';

/** A try every three seconds, and seven days in four minutes. */
const QUEUE_SCALE = 2_400;
/** Past the seven days and our own limit after them. */
export const QUEUE_OVER_MS = (7 * 24 * 3_600_000) / QUEUE_SCALE + 10_000;
const STEP_MS = 400;
/** So that there is another one when one is killed. */
const WORKERS = 2;
/** More than any load needs. */
const CONNECTED_PEOPLE = 300;
/** No question is too late because a machine was gone for a while. */
const PATIENT_BANK = { mfaExpiryMs: 3_600_000, mfaExpiry: 'stays' } as const;
const ASKING_BANKS = ['AU00002', 'AU90003', 'AU90004', 'AU90005', 'AU90006'];

/** What a worker's environment has beside the usual, by the number of workers hired before it. */
export type WorkerEnv = (index: number) => Readonly<Record<string, string>>;

/** A Temporal and a key pair, for one fault after the other. */
export class World {
  private stages = 0;

  private constructor(
    readonly under: TemporalUnderTest,
    readonly connection: Connection,
    readonly temporal: Client,
    readonly publicKeys: PublicKeySet,
    readonly folder: string,
  ) {}

  static async start(startTemporal: (folder: string) => Promise<TemporalUnderTest>): Promise<World> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'basiq-connections-faults-'));
    const { privateKeys, publicKeys } = await newKeyPair();
    await writeFile(path.join(folder, 'private.jwks.json'), JSON.stringify(privateKeys), { mode: 0o600 });
    const under = await startTemporal(folder);
    const connection = await Connection.connect({ address: under.address });
    return new World(under, connection, new Client({ connection }), publicKeys, folder);
  }

  async stage(workerEnv: WorkerEnv): Promise<Stage> {
    this.stages += 1;
    return Stage.open(this, `faults-${this.stages}`, workerEnv);
  }

  async stop(): Promise<void> {
    await this.connection.close();
    await this.under.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A Basiq behind the fault proxy, a task queue with its workers, and a client: what one fault's load runs on. */
export class Stage {
  private constructor(
    readonly world: World,
    readonly taskQueue: string,
    readonly sandbox: Sandbox,
    readonly admin: SandboxAdmin,
    readonly bank: Bank,
    readonly proxy: FaultProxy,
    readonly crew: Crew,
    readonly client: ConnectionsClient,
  ) {}

  static async open(world: World, taskQueue: string, workerEnv: WorkerEnv): Promise<Stage> {
    // Relative links, since absolute ones would name the sandbox and not the proxy.
    const sandbox = await startSandbox({
      apiKey: API_KEY,
      queueScale: QUEUE_SCALE,
      stepMs: STEP_MS,
      linkForm: 'relative',
    });
    const admin = new SandboxAdmin(sandbox.url, API_KEY);
    for (const bank of ASKING_BANKS) await admin.setBank(bank, PATIENT_BANK);
    const proxy = new FaultProxy(sandbox.url);
    const crew = new Crew({
      address: world.under.address,
      taskQueue,
      basiqApiKey: API_KEY,
      proxy,
      size: WORKERS,
      env: (index) => ({
        BASIQ_QUEUE_SCALE: String(QUEUE_SCALE),
        BASIQ_HTTP_TIMEOUT_MS: '3000',
        BASIQ_MAX_CALLS_PER_SECOND: '100',
        SECRETS_PRIVATE_KEYS_FILE: path.join(world.folder, 'private.jwks.json'),
        LOG_LEVEL: 'warn',
        ...workerEnv(index),
      }),
    });
    const { temporal, publicKeys } = world;
    const client = new ConnectionsClient({ temporal, taskQueue, sealing: publicKeys });
    const bank = new Bank(admin);
    await bank.connectMany(CONNECTED_PEOPLE);
    return new Stage(world, taskQueue, sandbox, admin, bank, proxy, crew, client);
  }

  /** The phases of the attempts that run now, by Temporal's list; empty while Temporal is away. */
  async phases(): Promise<string[]> {
    const query = `TaskQueue = "${this.taskQueue}" AND ExecutionStatus = "Running"`;
    const phases: string[] = [];
    try {
      for await (const { typedSearchAttributes } of this.world.temporal.workflow.list({ query })) {
        phases.push(typedSearchAttributes.get(CONNECTION_PHASE) ?? 'not said');
      }
    } catch {
      return [];
    }
    return phases;
  }

  async close(): Promise<void> {
    await this.crew.close();
    await this.proxy.close();
    await this.sandbox.close();
  }
}
