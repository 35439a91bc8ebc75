import { randomUUID } from 'node:crypto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker';
import type { ActivitySettings } from '../../src/activities/activity-settings';
import { POLL_PERIODS } from '../../src/activities/watch-job';
import { BasiqClient } from '../../src/basiq/basiq-client';
import { queuePeriods } from '../../src/basiq/retry-queue';
import {
  AttemptFailedError,
  ConnectionsClient,
  type AttemptFailure,
  type AttemptInput,
  type AttemptProgress,
  AttemptNotFoundError,
  type Challenge,
  type PublicKeySet,
  WORKFLOW_TYPE,
} from '../../src/client';
import { createWorker } from '../../src/create-worker';
import { addSearchAttributes } from '../../src/register-search-attributes';
import { bankBehaviourSchema, type BankBehaviourChange } from '../../src/sandbox/bank-behaviour';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server';
import { newKeyPair } from '../../src/secrets/key-set';
import { testServerPath } from '../../tools/temporal-servers';
import { SandboxAdmin, type SandboxJob } from '../sandbox-admin';

const API_KEY = 'a-test-key';
const TASK_QUEUE = 'basiq-connections';

/**
 * Temporal's time-skipping server, a worker in this process, and a sandbox whose clock is the server's: seven days of
 * Basiq's queue pass in a second. The server skips only while a result is awaited and no activity runs.
 */
export class TimeSkippingWorld {
  private readonly started = new Set<string>();
  private readonly changedBanks = new Map<string, BankBehaviourChange>();

  private constructor(
    readonly env: TestWorkflowEnvironment,
    readonly sandbox: Sandbox,
    readonly admin: SandboxAdmin,
    readonly basiq: BasiqClient,
    readonly client: ConnectionsClient,
    readonly settings: ActivitySettings,
    readonly publicKeys: PublicKeySet,
    private readonly worker: Worker,
    private readonly running: Promise<void>,
  ) {}

  static async start(
    options: { sandbox?: Partial<SandboxOptions>; settings?: Partial<ActivitySettings> } = {},
  ): Promise<TimeSkippingWorld> {
    installQuietRuntime();
    const env = await startTimeSkippingServer();
    await addSearchAttributes(env.connection.operatorService, 'default');
    const sandbox = await startSandbox({
      apiKey: API_KEY,
      stepMs: 0,
      now: () => env.currentTimeMs(),
      // The Basiq client counts a token's life on the machine's clock, which does not skip.
      tokenLifeSeconds: 200 * 365 * 24 * 3_600,
      ...options.sandbox,
    });
    const { privateKeys, publicKeys } = await newKeyPair();
    const basiq = new BasiqClient({
      apiUrl: sandbox.url,
      apiKey: API_KEY,
      maxCallsPerSecond: 1_000,
      timeoutMs: 2_000,
    });
    const settings: ActivitySettings = {
      basiq,
      apiUrl: sandbox.url,
      httpTimeoutMs: 2_000,
      queue: queuePeriods(1),
      polls: POLL_PERIODS,
      privateKeys,
      allowPlainSecrets: false,
      appApprovalInstitutions: ['Bendigo'],
      stopping: new AbortController().signal,
      ...options.settings,
    };
    const worker = await createWorker({
      connection: env.nativeConnection,
      namespace: 'default',
      taskQueue: TASK_QUEUE,
      settings,
    });
    const client = new ConnectionsClient({ temporal: env.client, sealing: publicKeys });
    const admin = new SandboxAdmin(sandbox.url, API_KEY);
    return new TimeSkippingWorld(
      env,
      sandbox,
      admin,
      basiq,
      client,
      settings,
      publicKeys,
      worker,
      worker.run(),
    );
  }

  async stop(): Promise<void> {
    this.worker.shutdown();
    await this.running;
    await this.env.teardown();
    await this.sandbox.close();
  }

  /** For afterEach: no attempt, fault or changed bank is left over for the next test. */
  async tidy(): Promise<void> {
    for (const workflowId of this.started) {
      await this.client.cancel(workflowId).catch(notThere);
      await this.client.result(workflowId).catch(() => undefined);
    }
    this.started.clear();
    await this.admin.clearFaults();
    for (const [institutionId, behaviour] of this.changedBanks) {
      await this.admin.setBank(institutionId, behaviour);
    }
    this.changedBanks.clear();
    await this.letTimeSkip();
  }

  /**
   * When a workflow closes while one of its activities runs, the test server forgets to let go of the lock that the
   * activity had on its clock, and nothing would skip any more: each lost lock is released here.
   */
  private async letTimeSkip(): Promise<void> {
    for (;;) {
      const skipped = this.env.sleep(500).then(() => true);
      const stuck = new Promise<boolean>((resolve) => setTimeout(resolve, 250, false));
      if (await Promise.race([skipped, stuck])) return;
      await skipped;
      await this.env.connection.testService?.unlockTimeSkipping({});
    }
  }

  /** Starts an attempt and gives its workflow id. */
  async start(request: AttemptInput): Promise<string> {
    const { workflowId } = await this.client.start(request);
    this.started.add(workflowId);
    return workflowId;
  }

  /** Starts the workflow as a back-end in another language may: with any input, under an id of its own. */
  async startRaw(input: unknown): Promise<string> {
    const workflowId = `raw:${randomUUID()}`;
    const args = [input];
    await this.env.client.workflow.start(WORKFLOW_TYPE, { workflowId, taskQueue: TASK_QUEUE, args });
    this.started.add(workflowId);
    return workflowId;
  }

  /** Lets the attempt go on to its end, skipping time, and gives the failure that it ends with. */
  async failure(workflowId: string): Promise<AttemptFailure> {
    const error = await this.client.result(workflowId).then(
      (result) => new Error(`It succeeded: ${JSON.stringify(result)}`),
      (thrown: unknown) => thrown,
    );
    if (error instanceof AttemptFailedError) return error.failure;
    throw error;
  }

  /** Changes how a bank behaves until the test's end. */
  async bank(institutionId: string, change: BankBehaviourChange): Promise<void> {
    if (!this.changedBanks.has(institutionId)) {
      const before = await this.admin.bank(institutionId);
      this.changedBanks.set(institutionId, bankBehaviourSchema.strip().parse(before));
    }
    await this.admin.setBank(institutionId, change);
  }

  /** The job of a person who has one. */
  async jobOf(userId: string): Promise<SandboxJob> {
    const [job, ...more] = await this.admin.jobsOf(userId);
    if (job === undefined || more.length > 0)
      throw new Error(`The person has ${more.length + (job ? 1 : 0)} jobs`);
    return job;
  }

  /** What the attempt asks now; waits, in real time, until it does. */
  async asked(workflowId: string, round = 1): Promise<Challenge> {
    const { challenge } = await this.until(
      workflowId,
      ({ phase, challenge: open }) => phase === 'awaiting-mfa' && open?.round === round,
    );
    if (challenge === null) throw new Error('awaiting-mfa without a challenge');
    return challenge;
  }

  /** A new person at Basiq. */
  async newUser(): Promise<string> {
    return (await this.basiq.createUser({ email: 'gavin@hooli.com' })).id;
  }

  /** Waits, in real time, for the attempt to be as wanted. */
  async until(workflowId: string, wanted: (progress: AttemptProgress) => boolean): Promise<AttemptProgress> {
    for (;;) {
      const progress = await this.client.status(workflowId);
      if (wanted(progress)) return progress;
      if (progress.waitingOn === 'nobody') {
        throw new Error(
          `The attempt ended ${progress.phase} ${progress.failure?.code ?? ''} before it was as wanted`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** The SDK gives the server five seconds to start, which is short on a machine that is busy with other tests. */
export async function startTimeSkippingServer(
  giveUpAtMs = performance.now() + 80_000,
): Promise<TestWorkflowEnvironment> {
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: testServerPath() } },
    });
  } catch (error) {
    if (performance.now() > giveUpAtMs || !String(error).includes('did not start within')) throw error;
    return startTimeSkippingServer(giveUpAtMs);
  }
}

function notThere(error: unknown): void {
  if (!(error instanceof AttemptNotFoundError)) throw error;
}

/** One runtime for all of a test file; what Temporal logs at warn is what these tests provoke. */
function installQuietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
  } catch {
    // Already there: a file may start more than one world.
  }
}

export const PEOPLE = {
  gavinBelson: { loginId: 'gavinBelson', password: 'hooli2016' },
  gilfoyle: { loginId: 'Gilfoyle', password: 'PiedPiper' },
  jared: { loginId: 'jared', password: 'django' },
  whistler: { loginId: 'Whistler', password: 'ShowBox' },
  bighead: { loginId: 'bighead', password: 'password' },
  erlich: { loginId: 'erlich', password: 'aviato' },
  jianYang: { loginId: 'jianYang', password: 'nothotdog' },
} as const;

export function create(
  userId: string,
  institutionId: string,
  credentials: { loginId: string; password: string } = PEOPLE.gilfoyle,
  more: { policy?: AttemptInput['policy']; additional?: boolean; reference?: string } = {},
): AttemptInput {
  const { policy, ...rest } = more;
  return {
    userId,
    operation: { kind: 'create', institutionId, credentials, ...rest },
    ...(policy === undefined ? {} : { policy }),
  };
}
