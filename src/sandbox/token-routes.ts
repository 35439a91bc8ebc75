import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callOf } from './call';
import { bodyOf, notFound, parameterNotValid, RefusedRequest } from './error-body';
import type { SandboxState } from './sandbox-state';

const versions = z.enum(['2.0', '2.1', '3.0']);
const form = z
  .looseObject({
    // Basiq's own live tests leave the scope out for server calls.
    scope: z.enum(['SERVER_ACCESS', 'CLIENT_ACCESS']).default('SERVER_ACCESS'),
    userId: z.string().min(1).optional(),
  })
  .prefault({});

/** POST /token (Basiq 2.1 docs, "Token"; refusals as recorded). */
export function tokenRoutes(app: FastifyInstance, state: SandboxState): void {
  app.post('/token', (request) => {
    const { nowMs, entry } = callOf(request);
    checkApiKey(request.headers.authorization, state.apiKey);
    const asked = versionOf(request.headers['basiq-version']);
    const { scope, userId } = bodyOf(form, request.body ?? undefined);
    entry.scope = scope;
    if (userId !== undefined && !state.store.users.has(userId)) throw notFound('user');
    const { tokenVersion, tokenLifeSeconds } = state.settings;
    const token = {
      scope,
      version: tokenVersion ?? asked,
      userId: userId ?? null,
      expiresAtMs: nowMs + tokenLifeSeconds * 1000,
    };
    return {
      access_token: state.tokens.issue(token, nowMs),
      expires_in: tokenLifeSeconds,
      token_type: 'Bearer',
    };
  });
}

function checkApiKey(authorization: string | undefined, apiKey: string): void {
  if (authorization === undefined) throw parameterNotValid('Authorization header parameter is required');
  const given = /^Basic\s+(\S+)$/i.exec(authorization)?.[1];
  if (given === undefined) throw parameterNotValid('Invalid authorization header');
  if (!isSame(given, apiKey)) {
    // A 404 and not a 401, as recorded.
    throw new RefusedRequest(
      404,
      'parameter-not-valid',
      'We have encountered an error',
      'Unable to authenticate. Please, check your API key',
    );
  }
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function versionOf(header: string | string[] | undefined): z.infer<typeof versions> {
  if (header === undefined) throw parameterNotValid('Basiq-version must be specified in HTTP request header');
  const version = versions.safeParse(header);
  if (version.success) return version.data;
  throw parameterNotValid('The given version is not supported. Please upgrade to the latest version');
}
