import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { RefusedRequest } from './error-body';
import type { ApiVersion } from './job-plan';

export type Scope = 'SERVER_ACCESS' | 'CLIENT_ACCESS';

export interface IssuedToken {
  scope: Scope;
  version: ApiVersion;
  /** The user it is bound to, or null. */
  userId: string | null;
  expiresAtMs: number;
}

/** Issues tokens and knows its own; their signature is for show, as nothing here ever reads a token's claims. */
export class TokenDesk {
  private readonly issued = new Map<string, IssuedToken>();
  private readonly signingKey = randomBytes(32);
  private readonly applicationId = randomUUID();
  private readonly partnerId = randomUUID();

  issue(token: IssuedToken, nowMs: number): string {
    const claims = {
      partnerid: this.partnerId,
      applicationid: this.applicationId,
      scope: token.scope,
      version: token.version,
      iat: Math.floor(nowMs / 1000),
      exp: Math.floor(token.expiresAtMs / 1000),
      jti: randomUUID(),
      ...(token.userId === null ? {} : { userid: token.userId }),
    };
    const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`;
    const text = `${signed}.${createHmac('sha256', this.signingKey).update(signed).digest('base64url')}`;
    this.issued.set(text, token);
    return text;
  }

  /** The token of an Authorization header, or null when it is missing or none of ours. */
  of(authorization: string | undefined): IssuedToken | null {
    const text = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    return text === undefined ? null : (this.issued.get(text) ?? null);
  }

  expireAll(): number {
    for (const token of this.issued.values()) token.expiresAtMs = Number.NEGATIVE_INFINITY;
    return this.issued.size;
  }
}

/** Refuses as Basiq does (2.1 docs, "Errors"; recorded answers): an expired token is a 403, not a 401. */
export function checkToken(token: IssuedToken | null, scope: Scope, nowMs: number): IssuedToken {
  if (token === null) {
    throw new RefusedRequest(401, 'invalid-authorization-token', 'Invalid authorization token.');
  }
  if (token.expiresAtMs <= nowMs) {
    throw new RefusedRequest(403, 'access-denied', 'Access denied.', 'Token has expired', null);
  }
  if (token.scope !== scope) {
    throw new RefusedRequest(
      403,
      'forbidden-access',
      'Access to this resource is forbidden.',
      `The token's scope is ${token.scope}; this call needs ${scope}.`,
    );
  }
  return token;
}

export function checkTokenUser(token: IssuedToken, userId: string): void {
  if (token.userId !== null && token.userId !== userId) {
    throw new RefusedRequest(
      401,
      'unauthorized-access',
      'Unauthorized access.',
      'The token belongs to another user.',
    );
  }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
