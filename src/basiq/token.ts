import { z } from 'zod';
import { BasiqError } from './basiq-error';
import { exchange, malformed, type HttpOptions, type HttpRequest } from './http';
import type { FetchedToken, TokenScope } from './token-cache';
import { looseNumber } from './wire-values';

/** The code of the 403 that Basiq gives an address which asked for too many tokens within five minutes. */
const TOO_MANY_TOKEN_CALLS = 'request-not-valid';

/** Whether Basiq refused a token because too many were asked for. */
export function isTooManyTokens({ status, code }: BasiqError): boolean {
  return status === 429 || code === TOO_MANY_TOKEN_CALLS;
}

/** Basiq's tokens live an hour; this is for an answer that does not say. */
const ASSUMED_LIFETIME_S = 30 * 60;

const tokenAnswer = z.object({
  // printable ASCII: it goes into a header
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: looseNumber,
});

/**
 * POST /token (Basiq 2.1 docs, Authentication): the api key as it is in the Authorization header, the version in a
 * header, the scope as a form field. Rejects with `refused` when the key is at fault, otherwise with `not-sent`,
 * which is how it looks to the call that wanted the token.
 */
export async function fetchToken(
  scope: TokenScope,
  apiKey: string,
  options: HttpOptions,
): Promise<FetchedToken> {
  const request: HttpRequest = {
    method: 'POST',
    route: '/token',
    path: '/token',
    headers: {
      authorization: `Basic ${apiKey}`,
      'basiq-version': '2.1',
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: new URLSearchParams({ scope }).toString(),
    reads: 'json',
    secrets: [apiKey],
  };
  try {
    const { status, body } = await exchange(request, options);
    const read = tokenAnswer.safeParse(body);
    if (!read.success) throw malformed(request, status, 'no usable access_token');
    const { access_token, expires_in } = read.data;
    return { value: access_token, lifetimeMs: (expires_in ?? ASSUMED_LIFETIME_S) * 1000 };
  } catch (error) {
    throw error instanceof BasiqError ? asTokenFailure(error) : error;
  }
}

/** Basiq says 404 for a key that it does not know, 400 for a garbled one, 403 for a disabled account. */
function asTokenFailure(error: BasiqError): BasiqError {
  const { method, route, correlationId, status, code, title, detail } = error;
  const facts = { method, route, correlationId, status };
  if (status === 403 && code === TOO_MANY_TOKEN_CALLS) {
    const retryAfterMs = error.retryAfterMs ?? 60_000;
    return new BasiqError({ ...facts, outcome: 'not-sent', code, title, detail, retryAfterMs });
  }
  if (status === 400 || status === 401 || status === 403 || status === 404) {
    return new BasiqError({
      ...facts,
      outcome: 'refused',
      code: 'api-key-refused',
      title: 'Basiq gives no token for this api key: check BASIQ_API_KEY and BASIQ_API_URL',
      detail: `${code}: ${title}${detail === null ? '' : ` ${detail}`}`,
      retryAfterMs: null,
    });
  }
  return new BasiqError({
    ...facts,
    outcome: 'not-sent',
    code,
    title,
    detail,
    retryAfterMs: error.retryAfterMs,
  });
}

const claims = z.object({ version: z.union([z.string(), z.number()]).transform(String) });

/** The `version` claim of the token, a JWT; null when it has none. Basiq fixes the API's version by it. */
export function versionOfToken(token: string): string | null {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    return claims.parse(JSON.parse(payload)).version;
  } catch {
    return null;
  }
}
