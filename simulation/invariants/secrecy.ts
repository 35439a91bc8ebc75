import type { LogEntry } from '@temporalio/worker';
import { secretsIn } from '../../test/end-to-end/secret-scan';
import type { AttemptRun } from '../attempt-run';
import type { History } from '../read-history';
import type { Schedule } from '../schedule';
import type { Violation } from '../violation';

/** Promise 3: nothing that was sealed can be read anywhere. */
export function readableSecrets({
  schedule,
  attempts,
  histories,
  logs,
}: {
  schedule: Schedule;
  attempts: readonly AttemptRun[];
  histories: readonly History[];
  logs: readonly LogEntry[];
}): Violation[] {
  const { login } = schedule.person;
  // The right answers of the sandbox's people are too short to be told from other text.
  const secrets = {
    loginId: login.loginId,
    // One of them has the password "password", which is in every text about passwords.
    ...(login.password === 'password' ? {} : { password: login.password }),
    'wrong answer': `wrong-answer-${schedule.marker}`,
  };
  const places: [string, string][] = [
    ...histories.map(({ text, workflowId }): [string, string] => [`the history of ${workflowId}`, text]),
    ...attempts.map(({ name, shown }): [string, string] => [`the status of ${name}`, shown.join('\n')]),
    ...attempts.map(({ name, end, submissions }): [string, string] => [
      `what ${name} told its callers`,
      [end, ...submissions.map(({ reply }) => reply)].map(asShown).join('\n'),
    ]),
    ['the logs', logs.map(({ message, meta }) => `${message} ${asShown(meta)}`).join('\n')],
  ];
  return places.flatMap(([place, text]) =>
    secretsIn(text, secrets).map((name): Violation => ({
      promise: 3,
      what: `${name} can be read in ${place}`,
    })),
  );
}

/** As JSON, and errors with their message, stack and causes. */
function asShown(value: unknown): string {
  const seen = new Set<object>();
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner !== 'object' || inner === null) return inner;
    if (seen.has(inner)) return '(again)';
    seen.add(inner);
    if (!(inner instanceof Error)) return inner;
    const { name, message, stack, cause } = inner;
    return { ...Object.fromEntries(Object.entries(inner)), name, message, stack, cause };
  });
}
