import { connectionIdOfLink, pathOfLink } from './links';
import type { JobDocument, StepDocument, StepResult } from './job-document';

/** Pure, so that workflow code can use it too. */

export interface StepView {
  title: string;
  status: string;
}

export interface JobFailure {
  /** title of the step that failed */
  step: string;
  /** Basiq's own; `unknown-error` when the step failed without one */
  code: string;
  title: string;
  detail: string | null;
}

export interface MfaRequest {
  /** `token`, `security-questions` or what Basiq adds */
  method: string;
  description: string;
  /** one answer for each; empty for an approval in the bank's app */
  prompts: string[];
  /** time for the answer, from when it was asked for; null when Basiq does not say */
  expiresInMs: number | null;
  /** equal for the same request, however often it is read */
  fingerprint: string;
}

export interface JobFacts {
  jobId: string;
  /** ISO 8601, Basiq's clock */
  createdAt: string | null;
  updatedAt: string | null;
  /** null until Basiq links it */
  connectionId: string | null;
  /** null unless the job was read from the list of a user's jobs */
  institutionId: string | null;
  /** in Basiq's order */
  steps: StepView[];
}

/**
 * - `challenged`: a person must answer now.
 * - `queued`: the bank is down and Basiq tries again every two hours. It stays `queued` during a try that still shows
 *   the queue's code; the verify step then reads `in-progress`, and only its end says how the try went.
 * - `succeeded`, `failed`: Basiq will not change the job any more.
 */
export type JobView = JobFacts &
  (
    | { state: 'running' }
    | { state: 'challenged'; challenge: MfaRequest }
    | { state: 'queued'; outage: { code: string; title: string; detail: string | null } }
    | { state: 'succeeded' }
    | { state: 'failed'; failure: JobFailure }
  );

type Result<K extends StepResult['kind']> = Extract<StepResult, { kind: K }>;

/** Basiq's documented order; where more than one step failed, the first of these is the reason. */
const STEP_ORDER = [
  'verify-credentials',
  'mfa-challenge',
  'retrieve-accounts',
  'retrieve-transactions',
  'retrieve-statements',
];
const QUEUED_CODE = 'temporary-unavailable-queued';

/** What a job says, whatever the order and the number of its steps. `apiUrl`: what its relative links are relative to. */
export function readJob(document: JobDocument, apiUrl: string): JobView {
  const { steps } = document;
  const facts: JobFacts = {
    jobId: document.id,
    createdAt: document.created,
    updatedAt: document.updated,
    connectionId: connectionOf(document, apiUrl),
    institutionId: document.institutionId,
    steps: steps.map(({ title, status }) => ({ title, status })),
  };

  // after a failed step the later ones stay pending for ever, so one failure is the end
  const failed = steps.filter(({ status }) => status === 'failed').sort((a, b) => rank(a) - rank(b))[0];
  if (failed) return { ...facts, state: 'failed', failure: failureOf(failed) };
  if (steps.length > 0 && steps.every(isOver)) return { ...facts, state: 'succeeded' };

  // the request stays in the step after it was answered: only in-progress means that an answer is wanted
  const asking = steps.find(({ title, status }) => title === 'mfa-challenge' && status === 'in-progress');
  const request = asking && find(asking, 'mfa');
  if (request) return { ...facts, state: 'challenged', challenge: challengeOf(request, apiUrl) };

  const parked = steps
    .filter((step) => !isOver(step))
    .map((step) => find(step, 'error'))
    .find((result) => result?.code === QUEUED_CODE);
  if (parked) {
    const { code, title, detail } = parked;
    return { ...facts, state: 'queued', outage: { code, title, detail } };
  }
  return { ...facts, state: 'running' };
}

/**
 * Equal digests: nothing to tell anyone. `updated`, texts and the order of steps do not matter; nor does, while the
 * job is queued, whether one of Basiq's own tries is under way just now. A challenge is its content alone: the same
 * question must not be asked twice because something beside it moved.
 */
export function jobDigest(view: JobView): string {
  if (view.state === 'challenged') return JSON.stringify([view.state, view.challenge.fingerprint]);
  const steps = view.steps.map(({ title, status }) => `${title}=${quietStatus(view, status)}`).sort();
  return JSON.stringify([view.state, distinction(view), view.connectionId, ...steps]);
}

function distinction(view: JobView): string {
  switch (view.state) {
    case 'failed':
      return view.failure.code;
    case 'challenged':
    case 'queued':
    case 'running':
    case 'succeeded':
      return '';
  }
}

function quietStatus(view: JobView, status: string): string {
  return view.state === 'queued' && status === 'in-progress' ? 'pending' : status;
}

function isOver({ status }: StepDocument): boolean {
  return status === 'success' || status === 'skipped';
}

function rank({ title }: StepDocument): number {
  const position = STEP_ORDER.indexOf(title);
  return position === -1 ? STEP_ORDER.length : position;
}

function find<K extends StepResult['kind']>(step: StepDocument, kind: K): Result<K> | undefined {
  return step.results.find((result): result is Result<K> => result.kind === kind);
}

function failureOf(step: StepDocument): JobFailure {
  const error = find(step, 'error');
  return {
    step: step.title,
    code: error?.code ?? 'unknown-error',
    title: error?.title ?? '',
    detail: error?.detail ?? null,
  };
}

/** Basiq's examples have 120000 and 3600, the second surely seconds: 3.6 s would be no time for a person. */
const SHORTEST_EXPIRY_MS = 60_000;

function challengeOf(request: Result<'mfa'>, apiUrl: string): MfaRequest {
  const { method, description, prompts, expiryMs, responseLink } = request;
  const link = pathOfLink(responseLink, apiUrl) ?? responseLink;
  return {
    method,
    description,
    prompts,
    expiresInMs: expiresInMs(expiryMs),
    fingerprint: shortHash(JSON.stringify([method, description, prompts, link])),
  };
}

function expiresInMs(expiryMs: number | null): number | null {
  if (expiryMs === null || expiryMs <= 0) return null;
  return expiryMs < SHORTEST_EXPIRY_MS ? expiryMs * 1000 : expiryMs;
}

/** The connection is not named when a job starts: its link comes later, or only the verify step's url does. */
function connectionOf({ links, steps }: JobDocument, apiUrl: string): string | null {
  const verify = steps.find(({ title }) => title === 'verify-credentials');
  const verified = verify && find(verify, 'link');
  return connectionIdOfLink(links.source, apiUrl) ?? connectionIdOfLink(verified?.url ?? null, apiUrl);
}

/** FNV-1a over UTF-16 code units, 64 bits in hex. It tells requests apart and protects nothing. */
function shortHash(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}
