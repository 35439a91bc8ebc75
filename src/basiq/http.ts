import { BasiqError, ownError } from './basiq-error';
import { errorOfAnswer } from './error-answer';
import { Interrupt } from './interrupt';
import { urlOfPath } from './links';
import { transportError } from './transport-error';

export interface HttpOptions {
  apiUrl: string;
  /** each call, from the moment it is sent until its body is read */
  timeoutMs: number;
  onCall?: (call: BasiqCall) => void;
}

/** What a log or a metric may know about one call: no ids, no secrets. */
export interface BasiqCall {
  method: string;
  /** a template such as `/users/{userId}/connections` */
  route: string;
  /** null when no answer came */
  status: number | null;
  durationMs: number;
  correlationId: string | null;
  /** null for success */
  errorCode: string | null;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  route: string;
  /** below the API's base address, encoded, with query */
  path: string;
  headers: Record<string, string>;
  body: string | null;
  /** `nothing`: the status says it all, and the body is not waited for */
  reads: 'json' | 'nothing';
  /** the values in headers and body that must not come back in an error's text */
  secrets: readonly string[];
}

export interface HttpAnswer {
  status: number;
  /** Basiq's own clock when it answered, epoch ms; null when it did not say */
  basiqNowMs: number | null;
  body: unknown;
}

const LARGEST_BODY_BYTES = 8 * 1024 * 1024;

/** Sends one request once. Rejects with a BasiqError for everything that is not a readable 2xx. */
export async function exchange(
  request: HttpRequest,
  options: HttpOptions,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  if (signal?.aborted)
    throw ownError(request, 'not-sent', 'cancelled', 'The call was cancelled before it was sent');
  const startedMs = performance.now();
  const interrupt = new Interrupt(options.timeoutMs, signal);
  const report = (status: number | null, error: BasiqError | null) => {
    const { method, route } = request;
    const durationMs = Math.round(performance.now() - startedMs);
    const call = { method, route, status, durationMs };
    tell(options, { ...call, correlationId: error?.correlationId ?? null, errorCode: error?.code ?? null });
  };
  try {
    const answer = await receive(request, options, interrupt);
    report(answer.status, null);
    return answer;
  } catch (thrown) {
    const error =
      thrown instanceof BasiqError ? thrown : transportError(request, thrown, interrupt.reason, null);
    report(error.status, error);
    throw error;
  } finally {
    interrupt.end();
  }
}

async function receive(
  request: HttpRequest,
  options: HttpOptions,
  interrupt: Interrupt,
): Promise<HttpAnswer> {
  const response = await fetch(urlOfPath(request.path, options.apiUrl), {
    method: request.method,
    headers: request.headers,
    body: request.body,
    // credentials must not follow a redirect to wherever it points
    redirect: 'manual',
    signal: interrupt.signal,
  });
  const { status } = response;
  const basiqNowMs = dateOf(response);
  if (status >= 300 && status < 400) {
    await discard(response);
    // 302 and 303 may follow a request that was carried out; the others say that it belongs elsewhere
    const outcome = [301, 307, 308].includes(status) ? 'refused' : 'unknown';
    throw ownError(request, outcome, 'redirect-refused', 'A redirect was not followed: check BASIQ_API_URL', {
      status,
    });
  }
  if (!response.ok) {
    const body = parsed(await readText(response).catch(() => null));
    throw errorOfAnswer(request, {
      status,
      basiqNowMs,
      body,
      retryAfter: response.headers.get('retry-after'),
    });
  }
  if (request.reads === 'nothing') {
    await discard(response);
    return { status, basiqNowMs, body: null };
  }
  const text = await readText(response).catch((thrown: unknown) => {
    throw transportError(request, thrown, interrupt.reason, status);
  });
  if (text === null) {
    const title = `The answer is larger than ${LARGEST_BODY_BYTES / 1024 / 1024} MB`;
    throw ownError(request, 'unknown', 'response-too-large', title, { status });
  }
  const body = parsed(text);
  if (body === undefined) throw malformed(request, status, 'not JSON');
  return { status, basiqNowMs, body };
}

/** A 2xx that cannot be understood: what was asked for may have been done. */
export function malformed(request: HttpRequest, status: number, detail: string): BasiqError {
  const title = 'The answer could not be understood';
  return ownError(request, 'unknown', 'malformed-response', title, { status, detail });
}

/** Null when the body is larger than we take. */
async function readText(response: Response): Promise<string | null> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.byteLength;
    if (bytes > LARGEST_BODY_BYTES) {
      await reader.cancel();
      return null;
    }
    chunks.push(part.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function discard(response: Response): Promise<void> {
  // an error in a body that nobody reads changes nothing
  await response.body?.cancel().catch(() => undefined);
}

/** Undefined for what is not JSON. */
function parsed(text: string | null): unknown {
  try {
    const value: unknown = text === null ? undefined : JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function dateOf(response: Response): number | null {
  const basiqNowMs = Date.parse(response.headers.get('date') ?? '');
  // Never our own clock instead: ages would be off by the clocks' difference
  return Number.isNaN(basiqNowMs) ? null : basiqNowMs;
}

function tell(options: HttpOptions, call: BasiqCall): void {
  try {
    options.onCall?.(call);
  } catch {
    // a broken log must not make a call that was answered look as if it had failed
  }
}
