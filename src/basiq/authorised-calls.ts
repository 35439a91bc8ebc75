import { BasiqError, isExpiredToken, ownError } from './basiq-error';
import type { BasiqObserver, TokenOutcome } from './basiq-observer';
import { CallLimiter, type CallPriority } from './call-limiter';
import { exchange, type HttpAnswer, type HttpOptions, type HttpRequest } from './http';
import { fetchToken, isTooManyTokens } from './token';
import { TokenCache, type FetchedToken, type TokenScope } from './token-cache';

/** Sends requests in their turn, with a good token. */
export class AuthorisedCalls {
  readonly #options: HttpOptions;
  readonly #limiter: CallLimiter;
  readonly #tokens: TokenCache;
  readonly #observer: BasiqObserver;

  constructor(
    options: HttpOptions,
    apiKey: string,
    maxCallsPerSecond: number,
    { onTurn, onToken }: BasiqObserver = {},
  ) {
    this.#options = options;
    this.#observer = { ...(onTurn && { onTurn }), ...(onToken && { onToken }) };
    const limiter = new CallLimiter(maxCallsPerSecond);
    this.#limiter = limiter;
    this.#tokens = new TokenCache(async (scope) => {
      // first in line, because whoever is behind it cannot go without it
      await limiter.turn('mfa-answer');
      return await this.#fetchToken(scope, apiKey);
    });
  }

  /** Rejects with a BasiqError. The signal ends a call that waits (`not-sent`) or is in flight (`unknown`). */
  async send(
    request: HttpRequest,
    scope: TokenScope,
    priority: CallPriority,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const token = await this.#tokenInTurn(request, scope, priority, signal);
    try {
      return await this.#exchange(request, token, signal);
    } catch (error) {
      if (!(error instanceof BasiqError) || !isExpiredToken(error)) throw error;
      // Basiq did not do it, so sending it once more is safe even for a POST
      this.#tokens.forget(scope, token);
      const renewed = await this.#tokenInTurn(request, scope, priority, signal);
      return await this.#exchange(request, renewed, signal);
    }
  }

  /** The token itself, for what can be read from it. */
  async token(scope: TokenScope, signal: AbortSignal | undefined): Promise<string> {
    const call = { method: 'POST', route: '/token' };
    return await this.#waiting(call, signal, () => this.#tokens.get(scope, signal));
  }

  async #tokenInTurn(
    call: { method: string; route: string },
    scope: TokenScope,
    priority: CallPriority,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    return await this.#waiting(call, signal, async () => {
      // before the turn, so that turns are not used up while everyone waits for a token
      await this.#tokens.get(scope, signal);
      const queuedMs = performance.now();
      await this.#limiter.turn(priority, signal);
      this.#observer.onTurn?.({ priority, waitedMs: performance.now() - queuedMs });
      return await this.#tokens.get(scope, signal);
    });
  }

  async #fetchToken(scope: TokenScope, apiKey: string): Promise<FetchedToken> {
    const tell = (outcome: TokenOutcome) => this.#observer.onToken?.({ scope, outcome });
    try {
      const token = await fetchToken(scope, apiKey, this.#options);
      tell('fetched');
      return token;
    } catch (error) {
      if (error instanceof BasiqError && isTooManyTokens(error)) tell('too-many');
      else tell(error instanceof BasiqError && error.outcome === 'refused' ? 'refused' : 'failed');
      throw error;
    }
  }

  async #waiting<T>(
    call: { method: string; route: string },
    signal: AbortSignal | undefined,
    wait: () => Promise<T>,
  ): Promise<T> {
    try {
      return await wait();
    } catch (error) {
      if (error instanceof BasiqError || !signal?.aborted) throw error;
      throw ownError(call, 'not-sent', 'cancelled', 'The call was cancelled before it was sent');
    }
  }

  async #exchange(request: HttpRequest, token: string, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    return await exchange(
      { ...request, headers, secrets: [...request.secrets, token] },
      this.#options,
      signal,
    );
  }
}
