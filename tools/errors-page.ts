import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ERROR_TABLE, type ErrorRow } from '../src/contract/error-table';

/** docs/errors.md, made from the error table; a test keeps the file equal to it. */
export const ERRORS_PAGE = path.join(__dirname, '..', 'docs', 'errors.md');

const SECTIONS: readonly { origin: ErrorRow['origin']; heading: string; text: string }[] = [
  {
    origin: 'job',
    heading: "A step of Basiq's job failed",
    text: "The code is Basiq's own. Banks have more reasons than Basiq documents: a code that is not listed here passes through as it is, with the advice of `unknown-error`.",
  },
  {
    origin: 'request',
    heading: 'Basiq refused the request',
    text: 'Nothing was begun, or what had been begun could not be followed.',
  },
  {
    origin: 'attempt',
    heading: 'The attempt itself ended',
    text: 'These codes are ours. `related` in the failure names the connection, job or attempt that it is about.',
  },
];

const ACTORS: Record<ErrorRow['actor'], string> = {
  person: 'the person',
  team: 'your team',
  'basiq-support': "Basiq's support",
  nobody: 'nobody',
};

const AGAIN: Record<ErrorRow['tryAgain'], string> = {
  no: 'no',
  'after-action': 'after that',
  later: 'later',
};

export function errorsPage(): string {
  return `${[
    '# How an attempt can fail',
    'Generated from `src/contract/error-table.ts` by `npm run docs:errors`; do not edit.',
    "The workflow fails with an ApplicationFailure whose type is the code and whose only detail is an `AttemptFailure`: the code, title, detail, step, jobId, connectionId, correlationId (for Basiq's support), and from this table who must act, what they should do (`remedy`) and whether a new attempt can help (`tryAgain`). `ConnectionsClient.result` throws it as `AttemptFailedError`.",
    ...SECTIONS.map(section),
    '## Refused before there is an attempt',
    '`ConnectionsClient.start` throws `InvalidRequestError` for a field that is wrong, and `AttemptInProgressError` (`attempt-in-progress`) when an attempt of another kind holds the connection. `submitMfaAnswer` and `confirm` throw `MfaAnswerRefusedError` with the reason; nothing was sent to the bank then.',
  ].join('\n\n')}\n`;
}

function section({ origin, heading, text }: (typeof SECTIONS)[number]): string {
  const rows = Object.entries(ERROR_TABLE)
    .filter(([, row]) => row.origin === origin)
    .map(
      ([code, row]) =>
        `| \`${code}\` | ${row.title} | ${ACTORS[row.actor]} | ${row.remedy} | ${AGAIN[row.tryAgain]} |`,
    );
  const table = [
    '| code | what happened | who acts | what to do | try again? |',
    '|---|---|---|---|---|',
    ...rows,
  ];
  return [`## ${heading}`, text, table.join('\n')].join('\n\n');
}

if (require.main === module) writeFileSync(ERRORS_PAGE, errorsPage());
