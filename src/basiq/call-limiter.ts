/**
 * Who goes first when calls wait: a person's answer, then the start of a job with the reads that belong to it, then looks
 * at jobs under way. A storm of looks must not keep a person from beginning.
 */
export const CALL_PRIORITIES = ['mfa-answer', 'start-job', 'look'] as const;
export type CallPriority = (typeof CALL_PRIORITIES)[number];

interface Waiter {
  admit: () => void;
}

/**
 * Spaces the calls of this process: a steady rate, with at most one second's worth at once after a quiet time.
 * Within a priority, first come first served.
 */
export class CallLimiter {
  readonly #callsPerSecond: number;
  readonly #burst: number;
  readonly #waiting: Record<CallPriority, Set<Waiter>> = {
    'mfa-answer': new Set(),
    'start-job': new Set(),
    look: new Set(),
  };
  #allowance: number;
  #countedAtMs = performance.now();
  #timer: NodeJS.Timeout | null = null;

  constructor(callsPerSecond: number) {
    if (!Number.isFinite(callsPerSecond) || callsPerSecond <= 0) {
      throw new RangeError('the number of calls a second must be above 0');
    }
    this.#callsPerSecond = callsPerSecond;
    this.#burst = Math.max(1, callsPerSecond);
    this.#allowance = this.#burst;
  }

  /** Resolves when the caller may send. Rejects with the signal's reason when that comes first; no turn is lost. */
  turn(priority: CallPriority, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(asError(signal.reason));
        return;
      }
      const queue = this.#waiting[priority];
      const leave = () => {
        queue.delete(waiter);
        this.#restIfIdle();
        reject(asError(signal?.reason));
      };
      const waiter: Waiter = {
        admit: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      queue.add(waiter);
      this.#admit();
    });
  }

  #admit(): void {
    const nowMs = performance.now();
    const gained = ((nowMs - this.#countedAtMs) / 1000) * this.#callsPerSecond;
    this.#allowance = Math.min(this.#burst, this.#allowance + gained);
    this.#countedAtMs = nowMs;
    for (let next = this.#first(); next !== null && this.#allowance >= 1; next = this.#first()) {
      this.#allowance -= 1;
      this.#waiting[next.priority].delete(next.waiter);
      next.waiter.admit();
    }
    if (this.#first() !== null && this.#timer === null) {
      const waitMs = ((1 - this.#allowance) / this.#callsPerSecond) * 1000;
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#admit();
      }, Math.ceil(waitMs));
    }
  }

  /** A timer for nobody would keep the process from ending. */
  #restIfIdle(): void {
    if (this.#first() !== null || this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #first(): { priority: CallPriority; waiter: Waiter } | null {
    for (const priority of CALL_PRIORITIES) {
      for (const waiter of this.#waiting[priority]) return { priority, waiter };
    }
    return null;
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the call was cancelled');
}
