import { z } from 'zod';
import { BasiqError, type CallOutcome } from './basiq-error';
import { looseText } from './wire-values';

// cut only after secrets were hidden: half a secret would not be recognised
const wholeText = looseText(Infinity);

const wireError = z.object({ code: wholeText, title: wholeText, detail: wholeText, details: wholeText });

/** `{type: "list", correlationId, data: [{type: "error", code, title, detail?, source?}]}` */
const wireErrorBody = z.object({
  correlationId: wholeText,
  data: z.preprocess(firstOf, wireError),
});

function firstOf(data: unknown): unknown {
  const list: unknown[] = Array.isArray(data) ? data : [data];
  return list[0];
}

export interface ErrorAnswer {
  status: number;
  retryAfter: string | null;
  basiqNowMs: number | null;
  /** undefined when there was no readable JSON */
  body: unknown;
}

/** Reads what Basiq answered instead of success. `secrets`: the values that this call sent, in case Basiq repeats one. */
export function errorOfAnswer(
  call: { method: string; route: string; secrets: readonly string[] },
  answer: ErrorAnswer,
): BasiqError {
  const read = wireErrorBody.safeParse(answer.body);
  const first = read.data?.data;
  const clean = (text: string | null | undefined, maxLength: number) =>
    text ? withoutSecrets(text, call.secrets).slice(0, maxLength) : null;
  return new BasiqError({
    outcome: outcomeOfStatus(answer.status),
    status: answer.status,
    code: clean(first?.code, 100) ?? `http-${answer.status}`,
    title: clean(first?.title, 300) ?? 'Basiq gave no reason',
    detail: clean(first?.detail ?? first?.details, 1000),
    correlationId: clean(read.data?.correlationId, 100),
    retryAfterMs: retryAfterMs(answer),
    method: call.method,
    route: call.route,
  });
}

function outcomeOfStatus(status: number): CallOutcome {
  // 408 and 499 come from a proxy that gave up waiting, perhaps for Basiq's answer
  if (status === 408 || status === 499) return 'unknown';
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}

const LONGEST_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** Basiq documents no Retry-After; it says about 5 minutes for 500 and 503, and nothing for 429. */
function retryAfterMs({ status, retryAfter, basiqNowMs }: ErrorAnswer): number | null {
  const asked = retryAfter === null ? null : parseRetryAfter(retryAfter, basiqNowMs);
  if (asked !== null) return Math.min(Math.max(asked, 0), LONGEST_RETRY_AFTER_MS);
  if (status === 429) return 60_000;
  return status === 500 || status === 503 ? 5 * 60_000 : null;
}

function parseRetryAfter(header: string, basiqNowMs: number | null): number | null {
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const atMs = Date.parse(header);
  // measured against the Date header of the same answer: two machines' clocks are never compared
  return Number.isNaN(atMs) || basiqNowMs === null ? null : atMs - basiqNowMs;
}

const SHORTEST_HIDDEN = 3; // hiding one or two letters would only make the text unreadable

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return forms
    .filter((form) => form.length >= SHORTEST_HIDDEN)
    .sort((a, b) => b.length - a.length)
    .reduce((clean, form) => clean.replaceAll(form, '[hidden]'), text);
}
