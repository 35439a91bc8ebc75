import type { CallPriority } from './call-limiter';
import type { BasiqCall } from './http';
import type { TokenScope } from './token-cache';

/**
 * - `fetched`: Basiq gave a token.
 * - `refused`: it gives none for this API key.
 * - `too-many`: it gives none for a while.
 * - `failed`: it could not be asked, or answered with nothing of use.
 */
export type TokenOutcome = 'fetched' | 'refused' | 'too-many' | 'failed';

/** For logs and metrics. What is told holds no ids and no secrets. */
export interface BasiqObserver {
  /** once for each request that was sent */
  onCall?: (call: BasiqCall) => void;
  /** a call's turn has come */
  onTurn?: (turn: { priority: CallPriority; waitedMs: number }) => void;
  /** a token was asked for */
  onToken?: (fetch: { scope: TokenScope; outcome: TokenOutcome }) => void;
}
