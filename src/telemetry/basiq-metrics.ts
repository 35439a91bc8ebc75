import { OWN_CODES } from '../basiq/basiq-error';
import type { BasiqObserver } from '../basiq/basiq-observer';
import type { BasiqCall } from '../basiq/http';
import type { Meter } from './meter';

/** Counts and times what the Basiq client does. */
export function basiqMetrics(meter: Meter): BasiqObserver {
  return {
    onCall: (call) => {
      const { method, route, durationMs } = call;
      meter.count('basiq_calls', { method, route, status: statusLabel(call) });
      meter.time('basiq_call_seconds', durationMs, { method, route });
    },
    onTurn: ({ priority, waitedMs }) => meter.time('basiq_call_wait_seconds', waitedMs, { priority }),
    onToken: ({ scope, outcome }) => meter.count('basiq_token_fetches', { scope, outcome }),
  };
}

/** The HTTP status, or our own word for a call without a usable answer, such as `timeout`. */
export function statusLabel({ status, errorCode }: Pick<BasiqCall, 'status' | 'errorCode'>): string {
  const own = OWN_CODES.find((code) => code === errorCode);
  return own ?? (status === null ? 'no-answer' : String(status));
}
