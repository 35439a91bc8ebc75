import { z } from 'zod';
import { AuthorisedCalls } from './authorised-calls';
import type { BasiqObserver } from './basiq-observer';
import type { CallPriority } from './call-limiter';
import { connectionSchema, type Connection } from './connection';
import { malformed, type BasiqCall, type HttpAnswer, type HttpRequest } from './http';
import { filterQuery } from './filter';
import { institutionSchema, type Institution } from './institution';
import { jobDocumentSchema, type JobDocument } from './job-document';
import { referencedJobId, type JobReference } from './job-reference';
import { pathOfLink } from './links';
import { pathOfRoute } from './route';
import { versionOfToken } from './token';
import type { TokenScope } from './token-cache';
import { userSchema, type BasiqUser } from './user';
import { looseText } from './wire-values';

export interface BasiqClientOptions extends BasiqObserver {
  apiUrl: string;
  /** as Basiq's dashboard shows it */
  apiKey: string;
  /** for the whole process; a waiting MFA answer goes first, looks at jobs go last */
  maxCallsPerSecond: number;
  /** each call, from the moment it is sent */
  timeoutMs: number;
}

export interface CallOptions {
  signal?: AbortSignal;
}

/** An answer with Basiq's own clock (the Date header) at its time, epoch ms; null when it did not say. */
export interface Answered<T> {
  body: T;
  basiqNowMs: number | null;
}

export type NewCredentials =
  | { loginId: string; password: string; securityCode?: string; secondaryLoginId?: string }
  | { userToken: string };

/** `loginId` cannot be changed. */
export interface UpdatedCredentials {
  password: string;
  securityCode?: string;
  secondaryLoginId?: string;
}

interface Ask {
  method: HttpRequest['method'];
  route: string;
  ids?: Record<string, string>;
  query?: string;
  json?: unknown;
  secrets?: string[];
  reads?: HttpRequest['reads'];
  scope?: TokenScope;
  priority?: CallPriority;
}

/**
 * The Basiq 2.1 API, as far as a connection attempt touches it. One instance for a process: it holds the tokens and
 * the limit on calls. Nothing is sent twice, but for a request that Basiq refused because its token had expired.
 * Every method rejects with a BasiqError.
 */
export class BasiqClient {
  readonly #calls: AuthorisedCalls;
  readonly #apiUrl: string;

  /** @throws TypeError for an address or a key that cannot be one, naming its variable and not its value */
  constructor(options: BasiqClientOptions) {
    if (!isHttpAddress(options.apiUrl)) throw new TypeError('BASIQ_API_URL must be an http(s) address');
    if (!/^[\x21-\x7e]+$/.test(options.apiKey)) {
      throw new TypeError('BASIQ_API_KEY must be one line without spaces, as the Basiq dashboard shows it');
    }
    const { apiUrl, timeoutMs, onCall } = options;
    this.#apiUrl = apiUrl;
    const http = { apiUrl, timeoutMs, ...(onCall && { onCall }) };
    this.#calls = new AuthorisedCalls(http, options.apiKey, options.maxCallsPerSecond, options);
  }

  /** The API version that the key stands for (`version` claim of the token), null when the token does not say. */
  async tokenVersion(call: CallOptions = {}): Promise<string | null> {
    return versionOfToken(await this.#calls.token('SERVER_ACCESS', call.signal));
  }

  /** Not idempotent: the same address twice makes two users. */
  async createUser(user: { email?: string; mobile?: string }, call: CallOptions = {}): Promise<BasiqUser> {
    const { request, answer } = await this.#send({ method: 'POST', route: '/users', json: user }, call);
    return read(userSchema, request, answer);
  }

  async getUser(userId: string, call: CallOptions = {}): Promise<BasiqUser> {
    return (await this.#entity('/users/{userId}', { userId }, userSchema, call)).body;
  }

  /** Removes everything that Basiq holds of the user. */
  async deleteUser(userId: string, call: CallOptions = {}): Promise<void> {
    await this.#send({ method: 'DELETE', route: '/users/{userId}', ids: { userId }, reads: 'nothing' }, call);
  }

  async listInstitutions(call: CallOptions = {}): Promise<Institution[]> {
    return (await this.#list({ method: 'GET', route: '/institutions' }, institutionSchema, call)).body;
  }

  async getInstitution(institutionId: string, call: CallOptions = {}): Promise<Institution> {
    const route = '/institutions/{institutionId}';
    return (await this.#entity(route, { institutionId }, institutionSchema, call)).body;
  }

  async createConnection(
    userId: string,
    credentials: NewCredentials,
    institutionId: string,
    call: CallOptions = {},
  ): Promise<JobReference> {
    const json = { ...credentials, institution: { id: institutionId } };
    const ask = { route: '/users/{userId}/connections', ids: { userId }, json };
    return await this.#startJob({ ...ask, secrets: textsOf(credentials) }, call);
  }

  async updateConnection(
    userId: string,
    connectionId: string,
    credentials: UpdatedCredentials,
    call: CallOptions = {},
  ): Promise<JobReference> {
    const ask = { route: '/users/{userId}/connections/{connectionId}', ids: { userId, connectionId } };
    return await this.#startJob({ ...ask, json: credentials, secrets: textsOf(credentials) }, call);
  }

  async refreshConnection(
    userId: string,
    connectionId: string,
    call: CallOptions = {},
  ): Promise<JobReference> {
    const route = '/users/{userId}/connections/{connectionId}/refresh';
    return await this.#startJob({ route, ids: { userId, connectionId } }, call);
  }

  async getConnection(userId: string, connectionId: string, call: CallOptions = {}): Promise<Connection> {
    const route = '/users/{userId}/connections/{connectionId}';
    return (await this.#entity(route, { userId, connectionId }, connectionSchema, call)).body;
  }

  async listConnections(
    userId: string,
    filter: { status?: string; institutionId?: string } = {},
    call: CallOptions = {},
  ): Promise<Answered<Connection[]>> {
    const route = '/users/{userId}/connections';
    const conditions = { status: filter.status, 'institution.id': filter.institutionId };
    const ask = { method: 'GET', route, ids: { userId }, query: filterQuery(route, conditions) } as const;
    return await this.#list(ask, connectionSchema, call);
  }

  async deleteConnection(userId: string, connectionId: string, call: CallOptions = {}): Promise<void> {
    const route = '/users/{userId}/connections/{connectionId}';
    await this.#send({ method: 'DELETE', route, ids: { userId, connectionId }, reads: 'nothing' }, call);
  }

  async getJob(jobId: string, call: CallOptions = {}): Promise<Answered<JobDocument>> {
    return await this.#entity('/jobs/{jobId}', { jobId }, jobDocumentSchema, call, 'look');
  }

  /** The last seven days only, the last updated first. */
  async listUserJobs(userId: string, call: CallOptions = {}): Promise<Answered<JobDocument[]>> {
    return await this.#list(
      { method: 'GET', route: '/users/{userId}/jobs', ids: { userId } },
      jobDocumentSchema,
      call,
    );
  }

  /** One text for each prompt, or `["confirmed"]` after an approval in the bank's app. */
  async answerMfa(jobId: string, response: string[], call: CallOptions = {}): Promise<void> {
    const ask: Ask = {
      method: 'POST',
      route: '/jobs/{jobId}/mfa',
      ids: { jobId },
      json: { 'mfa-response': response },
      secrets: response,
      // the 202 is the whole answer: its body names the job that we know
      reads: 'nothing',
      scope: 'CLIENT_ACCESS',
      priority: 'mfa-answer',
    };
    await this.#send(ask, call);
  }

  async #startJob(ask: Omit<Ask, 'method'>, call: CallOptions): Promise<JobReference> {
    const { request, answer } = await this.#send({ ...ask, method: 'POST' }, call);
    return { jobId: read(referencedJobId, request, answer), original: answer.status === 200 };
  }

  /** What the last of the ids names. An answer about anything else, mixed up on the way, is not an answer. */
  async #entity<T extends { id: string }>(
    route: string,
    ids: Record<string, string>,
    schema: z.ZodType<T>,
    call: CallOptions,
    priority: CallPriority = 'start-job',
  ): Promise<Answered<T>> {
    const { request, answer } = await this.#send({ method: 'GET', route, ids, priority }, call);
    const body = read(schema, request, answer);
    // Basiq does not say whether its ids have one spelling.
    if (body.id.toLowerCase() !== Object.values(ids).at(-1)?.toLowerCase())
      throw malformed(request, answer.status, 'unexpected: id is not the one that was asked for');
    return { body, basiqNowMs: answer.basiqNowMs };
  }

  /** All pages, with the clock of the first. */
  async #list<T>(ask: Ask, schema: z.ZodType<T>, call: CallOptions): Promise<Answered<T[]>> {
    const page = z.object({
      data: z.array(schema).nullable(),
      links: z.object({ next: looseText(4000) }).catch({ next: null }),
    });
    const body: T[] = [];
    const seen = new Set<string>();
    let { request, answer } = await this.#send(ask, call);
    const { basiqNowMs } = answer;
    for (;;) {
      const { data, links } = read(page, request, answer);
      for (const entry of data ?? []) body.push(entry);
      if (links.next === null) return { body, basiqNowMs };
      const path = pathOfLink(links.next, this.#apiUrl);
      // an error, not a short list: whoever finds no connection in it may make a second one
      if (path === null || seen.has(path))
        throw malformed(request, answer.status, 'links.next cannot be followed');
      seen.add(path);
      request = { ...request, path };
      answer = await this.#calls.send(request, 'SERVER_ACCESS', 'start-job', call.signal);
    }
  }

  async #send(ask: Ask, call: CallOptions): Promise<{ request: HttpRequest; answer: HttpAnswer }> {
    const { method, route, json } = ask;
    const request: HttpRequest = {
      method,
      route,
      path: pathOfRoute(method, route, ask.ids ?? {}) + (ask.query ?? ''),
      headers: {
        accept: 'application/json',
        ...(json !== undefined && { 'content-type': 'application/json' }),
      },
      body: json === undefined ? null : JSON.stringify(json),
      reads: ask.reads ?? 'json',
      secrets: ask.secrets ?? [],
    };
    const { scope = 'SERVER_ACCESS', priority = 'start-job' } = ask;
    return { request, answer: await this.#calls.send(request, scope, priority, call.signal) };
  }
}

/** The places that did not fit, never what stood there. */
function read<T>(schema: z.ZodType<T>, request: HttpRequest, answer: HttpAnswer): T {
  const result = schema.safeParse(answer.body);
  if (result.success) return result.data;
  const places = result.error.issues.slice(0, 5).map(({ path }) => path.join('.') || 'the body');
  throw malformed(request, answer.status, `unexpected: ${places.join(', ')}`);
}

function textsOf(credentials: NewCredentials | UpdatedCredentials): string[] {
  return Object.values(credentials).filter((value): value is string => typeof value === 'string');
}

function isHttpAddress(address: string): boolean {
  try {
    const { protocol, username, password } = new URL(address);
    return /^https?:$/.test(protocol) && username === '' && password === '';
  } catch {
    return false;
  }
}

export type { BasiqCall, BasiqUser, Connection, Institution, JobDocument, JobReference };
