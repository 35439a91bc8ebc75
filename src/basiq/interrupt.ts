export type InterruptReason = 'timeout' | 'cancelled';

/** Ends a call at its timeout or with its caller, whichever comes first, and remembers which it was. */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #caller: AbortSignal | undefined;
  readonly #cancel = () => this.#fire('cancelled');
  reason: InterruptReason | null = null;

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    // not AbortSignal.any: a caller's signal may live through thousands of calls, and each must leave it clean
    this.#timer = setTimeout(() => this.#fire('timeout'), timeoutMs);
    this.#caller = caller;
    caller?.addEventListener('abort', this.#cancel, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#cancel);
  }

  #fire(reason: InterruptReason): void {
    this.reason ??= reason;
    this.#controller.abort();
  }
}
