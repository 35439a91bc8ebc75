import { BasiqError } from './basiq-error';
import { isTooManyTokens } from './token';

/** `CLIENT_ACCESS` answers MFA challenges, `SERVER_ACCESS` does everything else. */
export type TokenScope = 'SERVER_ACCESS' | 'CLIENT_ACCESS';

export interface FetchedToken {
  value: string;
  lifetimeMs: number;
}

interface KeptToken {
  value: string;
  renewAtMs: number;
  expiresAtMs: number;
}

interface Hold {
  error: BasiqError;
  untilMs: number;
}

/** Time left in which a token is renewed behind the calls that still use it. */
const RENEW_BEFORE_EXPIRY_MS = 5 * 60_000;
/** No more than one failing token call a second, however many calls wait for one. */
const SHORTEST_HOLD_MS = 1000;
/** Basiq counts token calls in windows of five minutes. */
const LONGEST_HOLD_MS = 5 * 60_000;

/**
 * One token per scope for the whole process, fetched once however many calls want it. All times are durations on
 * this process's monotonic clock, counted from before the token was asked for.
 */
export class TokenCache {
  readonly #fetch: (scope: TokenScope) => Promise<FetchedToken>;
  readonly #nowMs: () => number;
  readonly #kept = new Map<TokenScope, KeptToken>();
  readonly #pending = new Map<TokenScope, Promise<string>>();
  readonly #holds = new Map<TokenScope, Hold>();

  constructor(fetchToken: (scope: TokenScope) => Promise<FetchedToken>, nowMs = () => performance.now()) {
    this.#fetch = fetchToken;
    this.#nowMs = nowMs;
  }

  /**
   * A token that should be good for a while. A caller's signal ends its waiting, not the fetch that others share.
   * Rejects with what the fetch rejected with, and for as long as Basiq asked to be left alone without asking again.
   */
  async get(scope: TokenScope, signal?: AbortSignal): Promise<string> {
    const kept = this.#kept.get(scope);
    const nowMs = this.#nowMs();
    if (kept && nowMs < kept.renewAtMs) return kept.value;
    const renewed = this.#renew(scope);
    if (kept && nowMs < kept.expiresAtMs) {
      // it still works: nobody waits for the new one, or fails because it cannot be had just now
      renewed.catch(() => undefined);
      return kept.value;
    }
    return await unlessAborted(renewed, signal);
  }

  /** Drops a token that Basiq called expired, unless another call has already replaced it. */
  forget(scope: TokenScope, value: string): void {
    if (this.#kept.get(scope)?.value === value) this.#kept.delete(scope);
  }

  #renew(scope: TokenScope): Promise<string> {
    const held = this.#held(scope);
    if (held) return Promise.reject(held);
    const pending = this.#pending.get(scope);
    if (pending) return pending;
    const started = this.#fetchAndKeep(scope).finally(() => this.#pending.delete(scope));
    this.#pending.set(scope, started);
    return started;
  }

  async #fetchAndKeep(scope: TokenScope): Promise<string> {
    const askedAtMs = this.#nowMs();
    try {
      const { value, lifetimeMs } = await this.#fetch(scope);
      const early = Math.min(RENEW_BEFORE_EXPIRY_MS, lifetimeMs / 5);
      const expiresAtMs = askedAtMs + lifetimeMs;
      this.#kept.set(scope, { value, renewAtMs: expiresAtMs - early, expiresAtMs });
      return value;
    } catch (error) {
      if (error instanceof BasiqError) {
        this.#holds.set(scope, { error, untilMs: this.#nowMs() + holdMsAfter(error) });
      }
      throw error;
    }
  }

  #held(scope: TokenScope): BasiqError | null {
    const hold = this.#holds.get(scope);
    const leftMs = hold ? hold.untilMs - this.#nowMs() : 0;
    if (!hold || leftMs <= 0) return null;
    const { error } = hold;
    const retryAfterMs = error.retryAfterMs === null ? null : Math.ceil(leftMs);
    const { outcome, status, code, title, detail, correlationId, method, route } = error;
    return new BasiqError({
      outcome,
      status,
      code,
      title,
      detail,
      correlationId,
      method,
      route,
      retryAfterMs,
    });
  }
}

/** Only too many token calls is a reason to stay away for long; after anything else the next try may be the good one. */
function holdMsAfter(error: BasiqError): number {
  const askedMs = isTooManyTokens(error) ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(Math.max(SHORTEST_HOLD_MS, askedMs), LONGEST_HOLD_MS);
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = () =>
      reject(signal.reason instanceof Error ? signal.reason : new Error('the call was cancelled'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
