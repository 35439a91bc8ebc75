import { setTimeout as delay } from 'node:timers/promises';
import { BasiqClient } from '../../src/basiq/basiq-client';
import type { NewCredentials } from '../../src/client';
import type { SandboxAdmin, SandboxJob } from '../sandbox-admin';

/** What is done at Basiq beside the attempts, past the proxy: by another system of the same back-end. */
export class Bank {
  private readonly basiq: BasiqClient;

  constructor(private readonly admin: SandboxAdmin) {
    const { url: apiUrl, apiKey } = admin;
    this.basiq = new BasiqClient({ apiUrl, apiKey, maxCallsPerSecond: 1_000, timeoutMs: 30_000 });
  }

  async newUser(): Promise<string> {
    return (await this.basiq.createUser({ email: 'gavin@hooli.com' })).id;
  }

  /** A job that has just been begun. */
  async begun(userId: string, institutionId: string, credentials: NewCredentials): Promise<SandboxJob> {
    const { jobId } = await this.basiq.createConnection(userId, credentials, institutionId);
    return this.jobOf(userId, jobId);
  }

  /** A connection whose job has succeeded. */
  async connected(userId: string, institutionId: string, credentials: NewCredentials): Promise<SandboxJob> {
    const { jobId } = await this.begun(userId, institutionId, credentials);
    for (;;) {
      const job = await this.jobOf(userId, jobId);
      if (job.state === 'succeeded') return job;
      await delay(100);
    }
  }

  private async jobOf(userId: string, wanted: string): Promise<SandboxJob> {
    const job = (await this.admin.jobsOf(userId)).find(({ jobId }) => jobId === wanted);
    if (job === undefined) throw new Error(`the sandbox has lost job ${wanted}`);
    return job;
  }
}
