/** `npm run demo`: seven attempts side by side, each as a bank or a person may make it. */
import { Client, Connection } from '@temporalio/client';
import { Command } from 'commander';
import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { ReadStream, WriteStream } from 'node:tty';
import { ConnectionsClient } from '../src/client';
import { createSandboxUser } from '../tools/sandbox-process';
import { DEMO_ATTEMPTS } from './attempts';
import { forgetRequests } from './basiq-requests';
import { conductAttempt, type Conducted } from './conduct-attempt';
import { openStage, type Stage } from './stage';
import { startParts, type Parts } from './start-parts';
import { summarise } from './summarise';
import { summaryTable, whatWentWrong } from './summary-table';

/** Seven days pass in 101 s and two hours in 1.2 s; the dev server itself starts a retry after a second at best. */
const QUEUE_SCALE = 6_000;

const { yes } = new Command('demo')
  .description('Seven connection attempts against a Basiq sandbox, with live progress')
  .option('-y, --yes', "give the sandbox's documented answer instead of asking for it", false)
  .parse()
  .opts<{ yes: boolean }>();

const terminal =
  process.stdin instanceof ReadStream && process.stdout instanceof WriteStream
    ? { keyboard: process.stdin, screen: process.stdout }
    : null;

/** What Ctrl-C finds. */
interface Running {
  parts: Parts | null;
  stage: Stage | null;
  exitCode: number;
  /** aborted: Ctrl-C, or the end of the demo */
  leaving: AbortController;
}
const running: Running = {
  parts: null,
  stage: null,
  exitCode: 130,
  leaving: new AbortController(),
};

async function main(): Promise<void> {
  // Each call to Temporal listens to it.
  setMaxListeners(0, running.leaving.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  const parts = await startParts(QUEUE_SCALE, (line) => console.log(line));
  running.parts = parts;
  const connection = await Connection.connect({ address: parts.temporalAddress });
  const temporal = new Client({ connection });
  const client = new ConnectionsClient({ temporal, sealing: parts.publicKeys });

  const conducted = await Promise.race([
    parts.broken,
    connection.withAbortSignal(running.leaving.signal, () => conductAll(client, parts)),
  ]);
  const { rows, sharedRequests } = await summarise(conducted, temporal, parts.sandboxUrl);
  const problems = rows.flatMap(whatWentWrong);
  const lines = [
    '',
    ...summaryTable(rows),
    '',
    `requests: those that Basiq got for the attempt; ${sharedRequests} more (tokens …) served all.`,
    "looks: reads of a job in Basiq's queue. events: its history in Temporal.",
    ...(problems.length === 0
      ? ['Each attempt ended as it should.']
      : ['', 'NOT AS IT SHOULD BE:', ...problems]),
    `Temporal's Web UI: ${workflowsPage(parts)}`,
  ];
  console.log(lines.join('\n'));

  running.exitCode = problems.length === 0 ? 0 : 1;
  if (terminal === null) await leave(running.exitCode);
  else console.log('All of it stays up for you to look at. Ctrl-C ends it.');
}

async function conductAll(client: ConnectionsClient, parts: Parts): Promise<Conducted[]> {
  const people: string[] = [];
  for (const { key } of DEMO_ATTEMPTS) {
    people.push(await createSandboxUser(parts.sandboxUrl, parts.apiKey, `person-${key}@hooli.com`));
  }
  await forgetRequests(parts.sandboxUrl);

  const head = [
    `Basiq's queue runs ${QUEUE_SCALE} times faster here: 2 hours in 1.2 s, 7 days in 101 s.`,
    `Temporal's Web UI: ${workflowsPage(parts)}`,
  ];
  const stage = openStage(head, { terminal, askForAnswers: !yes, interrupt });
  running.stage = stage;
  const conductor = {
    client,
    queueScale: QUEUE_SCALE,
    show: stage.view.show.bind(stage.view),
    askPerson: stage.askPerson,
    leaving: running.leaving.signal,
  };
  const conducted = await Promise.all(
    DEMO_ATTEMPTS.map((attempt, index) => conductAttempt(attempt, people[index] ?? '', conductor)),
  );
  closeStage();
  return conducted;
}

function workflowsPage({ uiUrl }: Pick<Parts, 'uiUrl'>): string {
  return `${uiUrl}/namespaces/default/workflows`;
}

function closeStage(): void {
  running.stage?.close();
  running.stage = null;
}

function interrupt(): void {
  void leave(running.exitCode);
}

/** May be called more than once: npm passes on the Ctrl-C that the terminal has sent us already. */
async function leave(exitCode: number): Promise<void> {
  if (running.leaving.signal.aborted) return;
  // A question to a worker that has gone would keep the dev server from its end for ten seconds.
  running.leaving.abort();
  closeStage();
  if (running.parts !== null) {
    console.log('Stopping …');
    await running.parts.stop();
  }
  process.exit(exitCode);
}

main().catch(async (error: unknown) => {
  // Ctrl-C may have ended a child that was waited for, before it reached us.
  await setImmediate();
  if (running.leaving.signal.aborted) return;
  closeStage();
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  await leave(1);
});
