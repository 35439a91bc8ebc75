import { z } from 'zod';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server';

/** Calls a sandbox over HTTP as Basiq's users do, on a clock that the test moves. */
export const API_KEY = 'a-test-key';

const identified = z.looseObject({ id: z.string() });
const job = z.looseObject({
  id: z.string(),
  created: z.iso.datetime(),
  updated: z.iso.datetime(),
  steps: z.array(
    z.object({
      title: z.string(),
      status: z.string(),
      result: z.union([z.null(), z.looseObject({}), z.array(z.looseObject({}))]),
    }),
  ),
  links: z.object({ self: z.string(), source: z.string().optional() }),
});
export type JobDocument = z.infer<typeof job>;

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

export type Scope = 'SERVER_ACCESS' | 'CLIENT_ACCESS';

export class Caller {
  private readonly tokens = new Map<Scope, string>();

  private constructor(
    readonly sandbox: Sandbox,
    readonly clock: { nowMs: number },
  ) {}

  static async start(options: Partial<SandboxOptions> = {}): Promise<Caller> {
    const clock = { nowMs: Date.UTC(2026, 4, 4, 10, 0, 0) };
    const sandbox = await startSandbox({ apiKey: API_KEY, now: () => clock.nowMs, ...options });
    return new Caller(sandbox, clock);
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }

  pass(ms: number): void {
    this.clock.nowMs += ms;
  }

  async send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const response = await fetch(`${this.sandbox.url}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const parsed: unknown = text === '' ? null : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: parsed };
  }

  async token(scope: Scope, form: Record<string, string> = {}): Promise<string> {
    const answer = await this.send(
      'POST',
      '/token',
      {
        authorization: `Basic ${API_KEY}`,
        'basiq-version': '2.1',
        'content-type': 'application/x-www-form-urlencoded',
      },
      new URLSearchParams({ scope, ...form }).toString(),
    );
    return z.looseObject({ access_token: z.string() }).parse(answer.body).access_token;
  }

  /** A call with a token of the scope; a token that the clock has overtaken is renewed. */
  async call(method: string, path: string, body?: object, scope: Scope = 'SERVER_ACCESS'): Promise<Answer> {
    const held = this.tokens.get(scope) ?? (await this.token(scope));
    this.tokens.set(scope, held);
    const answer = await this.withToken(held, method, path, body);
    if (answer.status !== 403) return answer;
    const fresh = await this.token(scope);
    this.tokens.set(scope, fresh);
    return this.withToken(fresh, method, path, body);
  }

  withToken(token: string, method: string, path: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}` };
    return body === undefined
      ? this.send(method, path, headers)
      : this.send(method, path, { ...headers, 'content-type': 'application/json' }, JSON.stringify(body));
  }

  admin(method: string, path: string, body?: object): Promise<Answer> {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    return this.send(
      method,
      `/_sandbox${path}`,
      headers,
      body === undefined ? undefined : JSON.stringify(body),
    );
  }

  async newUser(): Promise<string> {
    return idOf(await this.call('POST', '/users', { email: 'gavin@hooli.com' }));
  }

  connect(
    userId: string,
    institutionId: string,
    loginId = 'ashMann',
    password = 'hooli2024',
  ): Promise<Answer> {
    return this.call('POST', `/users/${userId}/connections`, {
      loginId,
      password,
      institution: { id: institutionId },
    });
  }

  async job(jobId: string): Promise<JobDocument> {
    const answer = await this.call('GET', `/jobs/${jobId}`);
    return job.parse(answer.body);
  }

  answer(jobId: string, ...response: string[]): Promise<Answer> {
    return this.call('POST', `/jobs/${jobId}/mfa`, { 'mfa-response': response }, 'CLIENT_ACCESS');
  }

  async requests(route?: string): Promise<Record<string, unknown>[]> {
    const query = route === undefined ? '' : `?route=${encodeURIComponent(route)}`;
    const answer = await this.admin('GET', `/requests${query}`);
    return z.object({ size: z.number(), data: z.array(z.looseObject({})) }).parse(answer.body).data;
  }

  async summary(jobId: string): Promise<Record<string, unknown>> {
    const { body } = await this.admin('GET', '/jobs');
    const { data } = z
      .object({ size: z.number(), data: z.array(z.looseObject({ jobId: z.string() })) })
      .parse(body);
    const found = data.find((entry) => entry.jobId === jobId);
    if (found === undefined) throw new Error(`no summary of job ${jobId}`);
    return found;
  }
}

export function idOf(answer: Answer): string {
  return identified.parse(answer.body).id;
}

/** The steps' statuses in their order: `success in-progress pending`. */
export function statuses(document: JobDocument): string {
  return document.steps.map(({ status }) => status).join(' ');
}

export function titles(document: JobDocument): string[] {
  return document.steps.map(({ title }) => title);
}

/** Matchers, typed so that a test can put them where a value is expected. */
export const aString: unknown = expect.any(String);
export const textWith = (part: string): unknown => expect.stringContaining(part);
const aUuid: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);

export const errorOf = (code: string, detail?: string): object => ({
  type: 'list',
  correlationId: aUuid,
  data: [expect.objectContaining({ type: 'error', code, ...(detail === undefined ? {} : { detail }) })],
});

export const HOUR_MS = 3_600_000;
