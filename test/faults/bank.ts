import { BasiqClient } from '../../src/basiq/basiq-client';
import { BasiqError, isExpiredToken } from '../../src/basiq/basiq-error';
import type { NewCredentials } from '../../src/client';
import type { SandboxAdmin, SandboxJob } from '../sandbox-admin';

const GILFOYLE = { loginId: 'Gilfoyle', password: 'PiedPiper' };

/** What is done at Basiq beside the attempts, past the proxy: by another system of the same back-end. */
export class Bank {
  private readonly basiq: BasiqClient;
  private readonly connected: { userId: string; connectionId: string }[] = [];

  constructor(private readonly admin: SandboxAdmin) {
    const { url: apiUrl, apiKey } = admin;
    this.basiq = new BasiqClient({ apiUrl, apiKey, maxCallsPerSecond: 1_000, timeoutMs: 30_000 });
  }

  async newUser(): Promise<string> {
    for (;;) {
      try {
        return (await this.basiq.createUser({ email: 'gavin@hooli.com' })).id;
      } catch (error) {
        // Expired twice in a row, which is one of the faults; the person there is not made by an attempt.
        if (!(error instanceof BasiqError && isExpiredToken(error))) throw error;
      }
    }
  }

  /** A job that has just been begun. */
  async begun(userId: string, institutionId: string, credentials: NewCredentials): Promise<SandboxJob> {
    const { jobId } = await this.basiq.createConnection(userId, credentials, institutionId);
    return this.jobOf(userId, jobId);
  }

  /**
   * People with a connection at AU00000, whose jobs are older than a minute by Basiq's clock: after a POST whose end is
   * not known a younger job on the same connection, which no attempt has, could be its own as well (`start-ambiguous`).
   */
  async connectMany(people: number): Promise<void> {
    const begun = await Promise.all(
      Array.from({ length: people }, async () => this.begun(await this.newUser(), 'AU00000', GILFOYLE)),
    );
    await this.admin.advanceClock(2 * 60_000);
    for (const { userId, jobId } of begun) {
      const { state, connectionId } = await this.jobOf(userId, jobId);
      if (state !== 'succeeded') throw new Error(`job ${jobId} is ${state}`);
      this.connected.push({ userId, connectionId });
    }
  }

  /** One of them, each once. */
  connectedPerson(): { userId: string; connectionId: string } {
    const person = this.connected.pop();
    if (person === undefined) throw new Error('everybody who was connected beforehand is in use');
    return person;
  }

  private async jobOf(userId: string, wanted: string): Promise<SandboxJob> {
    const job = (await this.admin.jobsOf(userId)).find(({ jobId }) => jobId === wanted);
    if (job === undefined) throw new Error(`the sandbox has lost job ${wanted}`);
    return job;
  }
}
