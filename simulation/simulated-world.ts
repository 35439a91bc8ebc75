import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker, type LogEntry } from '@temporalio/worker';
import { msToTs } from '@temporalio/common/lib/time';
import { setTimeout as delay } from 'node:timers/promises';
import { createActivities } from '../src/activities';
import type { ActivitySettings } from '../src/activities/activity-settings';
import { BasiqClient } from '../src/basiq/basiq-client';
import { queuePeriods } from '../src/basiq/retry-queue';
import { ConnectionsClient, type PublicKeySet } from '../src/client';
import { ATTEMPT_DATA_CONVERTER } from '../src/create-worker';
import { addSearchAttributes } from '../src/register-search-attributes';
import { startSandbox, type Sandbox } from '../src/sandbox/server';
import { attemptInTelemetry } from '../src/telemetry/attempt-in-telemetry';
import { newKeyPair, type PrivateKeySet } from '../src/secrets/key-set';
import { SandboxAdmin } from '../test/sandbox-admin';
import { startTimeSkippingServer } from '../test/workflows/time-skipping-world';
import { MortalActivities } from './mortal-activities';
import type { Schedule } from './schedule';

const API_KEY = 'a-simulated-key';
const HTTP_TIMEOUT_MS = 2_500;
/** A look costs a millisecond here, and the person of a schedule does not think for long. */
const QUICK_POLLS = { firstMs: 30, slowestMs: 60, longestAfterErrorMs: 100 };
/** On a machine that is busy with other things a server may need several tries to start. */
const START_LIMIT_MS = 300_000;
/** No sleep of the server's is longer; no multiple of Basiq's two hours, so that it is not seen in its tries alone. */
const LONGEST_SLEEP_MS = 5.3 * 3_600_000;

/** Basiq in one seed. */
export interface Stage {
  sandbox: Sandbox;
  admin: SandboxAdmin;
  /** Basiq as something else than the worker sees it */
  elsewhere: BasiqClient;
}

/**
 * Temporal's time-skipping server and a worker, for one seed after the other. The clock skips only while `letTimePass`
 * has told the server to sleep, and no activity runs.
 */
export class SimulatedWorld {
  readonly client: ConnectionsClient;
  readonly temporal: Client;
  readonly activities: MortalActivities;
  tell: (line: string) => void = () => undefined;
  private worker: { kind: Schedule['worker']; stop: () => Promise<void>; settings: ActivitySettings } | null =
    null;
  private sleeping: Promise<void> | null = null;
  /** false: the server's clock is not to be trusted any more */
  private isSound = true;

  private constructor(
    private readonly env: TestWorkflowEnvironment,
    private readonly bundlePath: string,
    readonly publicKeys: PublicKeySet,
    private readonly privateKeys: PrivateKeySet,
  ) {
    this.temporal = new Client({ connection: env.connection });
    this.client = new ConnectionsClient({ temporal: this.temporal, sealing: publicKeys });
    this.activities = new MortalActivities((line) => this.tell(line));
  }

  static async start(bundlePath: string): Promise<SimulatedWorld> {
    installLogs();
    const env = await startTimeSkippingServer(performance.now() + START_LIMIT_MS);
    await addSearchAttributes(env.connection.operatorService, 'default');
    const { privateKeys, publicKeys } = await newKeyPair();
    return new SimulatedWorld(env, bundlePath, publicKeys, privateKeys);
  }

  /** Ends the server, whatever still waits for it. */
  async stop(): Promise<void> {
    await Promise.race([this.worker?.stop().catch(() => undefined), delay(3_000)]);
    await this.env.teardown().catch(() => undefined);
  }

  nowMs(): Promise<number> {
    return this.env.currentTimeMs();
  }

  async openStage(schedule: Schedule): Promise<Stage> {
    const { bank } = schedule;
    const sandbox = await startSandbox({
      apiKey: API_KEY,
      stepMs: bank.stepMs,
      queueScale: bank.basiq === 'forgets-to-give-up' ? 0.5 : 1,
      stepResultForm: bank.stepResultForm,
      linkForm: bank.linkForm,
      now: () => this.nowMs(),
      // The Basiq client counts a token's life on the machine's clock, which does not skip.
      tokenLifeSeconds: 200 * 365 * 24 * 3_600,
    });
    return {
      sandbox,
      admin: new SandboxAdmin(sandbox.url, API_KEY),
      elsewhere: basiqClient(sandbox, 60_000),
    };
  }

  /** A worker for the schedule, with the sandbox as its Basiq. */
  async useWorker(schedule: Schedule, { sandbox }: Stage): Promise<void> {
    const settings: Partial<ActivitySettings> = {
      basiq: basiqClient(sandbox),
      apiUrl: sandbox.url,
      queue: { ...queuePeriods(1), ...schedule.queue },
    };
    this.activities.plan(schedule.crashes);
    if (this.worker?.kind !== schedule.worker) {
      await this.worker?.stop();
      this.worker = null;
    }
    this.worker ??= await this.startWorker(schedule.worker, sandbox);
    Object.assign(this.worker.settings, settings);
  }

  /** As at a deploy: the old one is told to stop, and hands over what it does. */
  async replaceWorker(): Promise<void> {
    const { worker } = this;
    if (worker === null) return;
    const [next] = await Promise.all([
      this.startWorker(worker.kind, { url: worker.settings.apiUrl }),
      worker.stop(),
    ]);
    Object.assign(next.settings, worker.settings, { stopping: next.settings.stopping });
    this.worker = next;
  }

  private async startWorker(kind: Schedule['worker'], sandbox: Pick<Sandbox, 'url'>) {
    const stopping = new AbortController();
    const settings: ActivitySettings = {
      basiq: basiqClient(sandbox),
      apiUrl: sandbox.url,
      httpTimeoutMs: HTTP_TIMEOUT_MS,
      queue: queuePeriods(1),
      polls: QUICK_POLLS,
      privateKeys: this.privateKeys,
      allowPlainSecrets: false,
      appApprovalInstitutions: ['Bendigo'],
      stopping: stopping.signal,
    };
    const worker = await Worker.create({
      connection: this.env.nativeConnection,
      namespace: 'default',
      taskQueue: 'basiq-connections',
      workflowBundle: { codePath: this.bundlePath },
      dataConverter: ATTEMPT_DATA_CONVERTER,
      activities: this.activities.wrap(createActivities(settings)),
      interceptors: { activity: [attemptInTelemetry] },
      shutdownGraceTime: '1s',
      ...(kind === 'forgets' ? { maxCachedWorkflows: 0 } : {}),
    });
    const running = worker.run();
    const stop = async () => {
      stopping.abort();
      worker.shutdown();
      await running;
    };
    return { kind, settings, stop };
  }

  /** Skips so far; only while no attempt is under way. */
  async sleep(ms: number): Promise<void> {
    await this.env.sleep(ms);
  }

  /** Returns after some milliseconds. Meanwhile the clock skips, `atMostMs` far, as soon as no activity runs. */
  async letTimePass(atMostMs: number): Promise<void> {
    if (this.sleeping === null && this.activities.areIdle) {
      const sleepMs = Math.min(Math.max(Math.ceil(atMostMs), 20), LONGEST_SLEEP_MS);
      this.sleeping = this.env.sleep(sleepMs).finally(() => (this.sleeping = null));
    }
    await Promise.race([
      delay(this.worker?.kind === 'forgets' ? 100 : 35),
      ...(this.sleeping === null ? [] : [this.sleeping]),
    ]);
  }

  /**
   * When a workflow closes while one of its activities runs, the test server forgets to let go of the lock that the
   * activity had on its clock, and nothing would skip any more.
   */
  async releaseLock(): Promise<void> {
    await this.clock.unlockTimeSkipping({});
  }

  private get clock() {
    const { testService } = this.env.connection;
    if (testService === undefined) throw new Error('This server has no clock that can be set');
    return testService;
  }

  /** For a seed's end: no sleep is left over for the next. */
  async wakeUp(): Promise<void> {
    for (let stuck = 0; this.sleeping !== null && stuck < 12;) {
      const awake = await Promise.race([this.sleeping.then(() => true), delay(500, false)]);
      stuck = awake || !this.activities.areIdle ? 0 : stuck + 1;
      if (stuck < 4) continue;
      // One more lock was lost, in a way that is not known.
      this.isSound = false;
      await this.releaseLock().catch(() => undefined);
    }
  }

  /** Whether the clock still stands in the way that it should: then it skips for nobody who does not ask for it. */
  async checkClock(): Promise<boolean> {
    const hour = this.clock.sleep({ duration: msToTs('1h') });
    const isSkipping = await Promise.race([hour.then(() => true), delay(60, false)]);
    if (isSkipping) this.isSound = false;
    return this.isSound;
  }
}

/** What workers have logged since it was last emptied. Temporal has one runtime in a process, and it one logger. */
export const logs: LogEntry[] = [];
let areLogsInstalled = false;

function installLogs(): void {
  if (areLogsInstalled) return;
  areLogsInstalled = true;
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => logs.push(entry)),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} } },
  });
}

function basiqClient({ url }: Pick<Sandbox, 'url'>, timeoutMs = HTTP_TIMEOUT_MS): BasiqClient {
  return new BasiqClient({
    apiUrl: url,
    apiKey: API_KEY,
    maxCallsPerSecond: 10_000,
    timeoutMs,
  });
}
