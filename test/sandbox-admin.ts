import { z } from 'zod';
import type { BankBehaviourChange } from '../src/sandbox/bank-behaviour';
import type { faultOrderSchema } from '../src/sandbox/faults';
import type { LoggedRequest } from '../src/sandbox/request-log';

const Requests = z.object({ data: z.array(z.custom<LoggedRequest>((value) => typeof value === 'object')) });
const Jobs = z.object({
  data: z.array(
    z.object({
      jobId: z.string(),
      userId: z.string(),
      connectionId: z.string(),
      institutionId: z.string(),
      state: z.enum(['running', 'challenged', 'queued', 'succeeded', 'failed']),
      /** ISO 8601, the sandbox's clock */
      created: z.string(),
      updated: z.string(),
      queueTries: z.number(),
      mfaAnswers: z.array(z.object({ round: z.number(), verdict: z.string() })),
    }),
  ),
});
export type SandboxJob = z.output<typeof Jobs>['data'][number];

/** What a test says to a sandbox, and asks of it, beside the API that is under test. */
export class SandboxAdmin {
  constructor(
    readonly url: string,
    readonly apiKey: string,
  ) {}

  setBank(institutionId: string, change: BankBehaviourChange): Promise<unknown> {
    return this.#send('PUT', `institutions/${institutionId}`, change);
  }

  bank(institutionId: string): Promise<unknown> {
    return this.#send('GET', `institutions/${institutionId}`);
  }

  fault(order: z.input<typeof faultOrderSchema>): Promise<unknown> {
    return this.#send('POST', 'faults', order);
  }

  clearFaults(): Promise<unknown> {
    return this.#send('DELETE', 'faults');
  }

  advanceClock(ms: number): Promise<unknown> {
    return this.#send('POST', 'clock/advance', { ms });
  }

  expireTokens(): Promise<unknown> {
    return this.#send('POST', 'tokens/expire', {});
  }

  settings(change: object): Promise<unknown> {
    return this.#send('PUT', 'settings', change);
  }

  /** Requests that Basiq would have received, of one route if given, e.g. `GET /jobs/:jobId`. */
  async requests(route?: string): Promise<LoggedRequest[]> {
    const query = route === undefined ? '' : `?route=${encodeURIComponent(route)}`;
    return Requests.parse(await this.#send('GET', `requests${query}`)).data;
  }

  /** How often Basiq received this, e.g. `POST`, `/jobs/…/mfa`. Tells apart users and jobs by their ids. */
  async count(method: string, path: string): Promise<number> {
    return (await this.requests()).filter((entry) => entry.method === method && entry.path === path).length;
  }

  /** The jobs of one person, in the order in which they were made. */
  async jobsOf(userId: string): Promise<SandboxJob[]> {
    return Jobs.parse(await this.#send('GET', 'jobs')).data.filter((job) => job.userId === userId);
  }

  async #send(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}/_sandbox/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}
