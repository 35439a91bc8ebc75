import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker';
import type { ActivitySettings } from '../../src/activities/activity-settings';
import { BasiqClient } from '../../src/basiq/basiq-client';
import { queuePeriods } from '../../src/basiq/retry-queue';
import { ConnectionsClient, type AttemptInput, type AttemptProgress } from '../../src/client';
import { createWorker } from '../../src/create-worker';
import { addSearchAttributes } from '../../src/register-search-attributes';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server';
import { newKeyPair } from '../../src/secrets/key-set';
import { testServerPath } from '../../tools/temporal-servers';
import { SandboxAdmin } from '../sandbox-admin';

const API_KEY = 'a-test-key';
const TASK_QUEUE = 'basiq-connections';

/**
 * Temporal's time-skipping server, a worker in this process, and a sandbox whose clock is the server's: seven days of
 * Basiq's queue pass in a second. The server skips only while a result is awaited and no activity runs.
 */
export class TimeSkippingWorld {
  private constructor(
    readonly env: TestWorkflowEnvironment,
    readonly sandbox: Sandbox,
    readonly admin: SandboxAdmin,
    readonly basiq: BasiqClient,
    readonly client: ConnectionsClient,
    readonly settings: ActivitySettings,
    private readonly worker: Worker,
    private readonly running: Promise<void>,
  ) {}

  static async start(
    options: { sandbox?: Partial<SandboxOptions>; settings?: Partial<ActivitySettings> } = {},
  ): Promise<TimeSkippingWorld> {
    installQuietRuntime();
    const env = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: testServerPath() } },
    });
    await addSearchAttributes(env.connection.operatorService, 'default');
    const sandbox = await startSandbox({
      apiKey: API_KEY,
      stepMs: 0,
      now: () => env.currentTimeMs(),
      // The Basiq client counts a token's life on the machine's clock, which does not skip.
      tokenLifeSeconds: 30 * 24 * 3_600,
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
      privateKeys,
      allowPlainSecrets: false,
      appApprovalInstitutions: ['Bendigo'],
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
    return new TimeSkippingWorld(env, sandbox, admin, basiq, client, settings, worker, worker.run());
  }

  async stop(): Promise<void> {
    this.worker.shutdown();
    await this.running;
    await this.env.teardown();
    await this.sandbox.close();
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

/** One runtime for all of a test file; what Temporal logs at warn is what these tests provoke. */
function installQuietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
  } catch {
    // Already there: a file may start more than one world.
  }
}

export const PEOPLE = {
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
