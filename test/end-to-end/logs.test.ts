import { noopMetricMeter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { createLogger } from '../../src/log';
import { checkBasiqVersion, checkDeployments, checkSearchAttributes } from '../../src/start-checks';
import { watchDeployment } from '../../src/deployment-routing';
import { AttemptCensus } from '../../src/telemetry/attempt-census';
import { Meter } from '../../src/telemetry/meter';
import { LOG_EVENTS, type LogEvent } from '../../src/telemetry/log-events';
import type { RunningChild } from '../../tools/child-process';
import { API_KEY, AttemptWorld, eventually, type Stage } from './attempt-world';
import { linking } from './linking';
import { json, ScriptedServer } from '../unit/basiq-scripted-server';
import { startQuotingBasiq, type QuotingBasiq } from './quoting-basiq';
import { secretsIn } from './secret-scan';

/** Each kind of line of src/telemetry/log-events.ts is made to happen here, in worker processes that log all they can. */
const Line = z.looseObject({ level: z.number(), msg: z.string().optional(), event: z.string().optional() });
type LogLine = z.output<typeof Line>;

const unique = (what: string) => `${what}-${randomBytes(9).toString('hex')}+/"ü`;
const secrets = {
  loginId: unique('login'),
  password: unique('password'),
  wrongAnswer: unique('wrong'),
  rightAnswer: unique('right'),
  plainPassword: unique('plain'),
};
const credentials = { loginId: secrets.loginId, password: secrets.password };

let world: AttemptWorld;
let stage: Stage;
let basiq: QuotingBasiq;
let worker: RunningChild;
const finished: RunningChild[] = [];
let fullStory: string;
const written: string[] = [];
const kept = { write: (line: string) => void written.push(line.trimEnd()) };
/** filled once everything has happened */
let lines: LogLine[];
let text: string;

beforeAll(async () => {
  world = await AttemptWorld.start();
  stage = await world.stage({ sandbox: { queueScale: 7_200 } });
  basiq = await startQuotingBasiq(stage.sandbox.url);
  const inJson = (secret: string) => JSON.stringify(secret).slice(1, -1);
  basiq.means({
    [inJson(secrets.loginId)]: 'jared',
    [inJson(secrets.password)]: 'django',
    [inJson(secrets.rightAnswer)]: '1234',
  });
  worker = await stage.startWorker({ BASIQ_API_URL: basiq.url, LOG_LEVEL: 'trace' });
  await spoiltStarts();
  await Promise.all([
    answersAndOutage(),
    refused(),
    refreshDuringOutage(),
    cancelledAndAdopted(),
    anotherWorker(),
    temporalThatKeepsItsAttributesToItself(),
    keyOfNoVersion(),
    temporalThatIsGone(),
    versionsOfADeployment(),
  ]);
  finished.push(worker);
  await Promise.all(finished.map((process) => process.stop()));
  text = [...finished.map((process) => process.output()), ...written].join('\n');
  lines = text.split('\n').flatMap((line) => (line.startsWith('{') ? [Line.parse(JSON.parse(line))] : []));
}, 180_000);
afterAll(async () => {
  await basiq.close();
  await world.stop();
}, 60_000);

async function begin(institutionId: string, more: Parameters<typeof linking>[2] = {}) {
  const userId = await stage.newUser();
  const { workflowId } = await stage.client.start(linking(userId, institutionId, { credentials, ...more }));
  return { userId, workflowId };
}

const ended = (workflowId: string) => stage.client.result(workflowId).catch(() => null);

/** A bank that comes back and then asks; a bad answer by signal, a wrong one, the right one. */
async function answersAndOutage(): Promise<void> {
  const { workflowId } = await begin('AU90003');
  fullStory = workflowId;
  await stage.untilPhase(workflowId, 'awaiting-mfa');
  await world.temporal.workflow.getHandle(workflowId).signal('mfaAnswer', { response: 7 });
  await stage.until(workflowId, ({ lastIgnoredAnswer }) => lastIgnoredAnswer !== null);
  await stage.client.submitMfaAnswer(workflowId, { response: [secrets.wrongAnswer] });
  await stage.client.submitMfaAnswer(workflowId, { response: [secrets.rightAnswer] });
  await stage.client.result(workflowId);
}

/** A POST whose answer is lost, and one that Basiq does not want now. */
async function spoiltStarts(): Promise<void> {
  await ended(await beginWith({ kind: 'reset-after' }));
  await beginWith({ kind: 'status', status: 429 });
  await worker.waitForLine(/"event":"start-delayed"/, 60_000);
}

async function beginWith(fault: Parameters<Stage['admin']['fault']>[0]['fault']): Promise<string> {
  const route = 'POST /users/:userId/connections';
  const before = await stage.callsOf(route);
  await stage.admin.fault({ route, count: 1, fault });
  const { workflowId } = await begin('AU00000');
  await eventually(async () => (await stage.callsOf(route)) > before);
  return workflowId;
}

/** By the bank, and by Basiq, which knows no such bank. */
async function refused(): Promise<void> {
  const unknown = { loginId: unique('nobody'), password: secrets.plainPassword };
  await ended((await begin('AU00004', { credentials: unknown })).workflowId);
  await ended((await begin('AU00001')).workflowId);
}

async function refreshDuringOutage(): Promise<void> {
  const { userId, workflowId } = await begin('AU00003');
  const { connectionId } = await stage.client.result(workflowId);
  await ended((await stage.client.start(linking(userId, 'AU00003', { credentials }))).workflowId);
  await stage.admin.setBank('AU00003', { status: 'partial-outage' });
  const refresh = await stage.client.start({
    userId,
    operation: { kind: 'refresh', connectionId: connectionId ?? '' },
  });
  await stage.until(refresh.workflowId, ({ outage }) => outage !== null);
  await stage.client.cancel(refresh.workflowId);
  await ended(refresh.workflowId);
}

async function cancelledAndAdopted(): Promise<void> {
  const { userId, workflowId } = await begin('AU90002');
  const { jobId } = await stage.untilPhase(workflowId, 'queued');
  await stage.client.cancel(workflowId);
  await ended(workflowId);
  const adopted = await stage.client.start({ userId, operation: { kind: 'adopt', jobId: jobId ?? '' } });
  await stage.untilPhase(adopted.workflowId, 'queued');
  await stage.client.cancel(adopted.workflowId);
  await ended(adopted.workflowId);
}

/** A worker that takes plain secrets, whose Basiq and whose collector cannot be reached. */
async function anotherWorker(): Promise<void> {
  const nobody = 'http://127.0.0.1:1';
  const lonely = await (
    await world.stage()
  ).startWorker({
    ALLOW_PLAIN_SECRETS: 'true',
    BASIQ_API_URL: nobody,
    OTEL_EXPORTER_OTLP_ENDPOINT: nobody,
    WORKER_HTTP_ADDRESS: '127.0.0.1:0',
    LOG_LEVEL: 'debug',
  });
  await lonely.waitForLine(/traces-not-sent/, 60_000);
  finished.push(lonely);
}

/** As Temporal Cloud does. The servers here do tell, so this one is no process. */
async function temporalThatKeepsItsAttributesToItself(): Promise<void> {
  const refusal = Object.assign(new Error('not for you'), { code: 7, details: '', metadata: {} });
  const operator = { listSearchAttributes: () => Promise.reject(refusal) };
  await checkSearchAttributes(operator as never, 'default', createLogger('debug', kept));
  const service = { describeWorkerDeploymentVersion: () => Promise.reject(refusal) };
  await checkDeployments(service as never, VERSION, 'default', createLogger('debug', kept));
}

const VERSION = { name: 'connections', buildId: '7f3a' };

/** From its first worker to its last attempt. deployment-versions.test.ts has a real server say so. */
async function versionsOfADeployment(): Promise<void> {
  const said: object[] = [
    {},
    { rampPercentage: 5 },
    { currentSinceTime: { nanos: 0 } },
    ...[1, 2].map((status) => ({ drainageInfo: { status } })),
  ];
  let asked = 0;
  const service = {
    describeWorkerDeploymentVersion: () => {
      const workerDeploymentVersionInfo = said[Math.min(asked, said.length - 1)];
      asked += 1;
      return Promise.resolve({ workerDeploymentVersionInfo });
    },
  };
  const watch = watchDeployment(service as never, VERSION, 'default', createLogger('debug', kept), 1);
  await eventually(() => Promise.resolve(asked > said.length));
  watch.stop();
}

async function temporalThatIsGone(): Promise<void> {
  const { address } = world.server;
  const connection = await NativeConnection.connect({ address });
  await connection.close();
  const census = new AttemptCensus(new Meter(noopMetricMeter), createLogger('debug', kept));
  census.begin({ connection, namespace: 'default', taskQueue: stage.taskQueue });
  await census.refresh();
}

/** A token that tells nothing; the sandbox's always tell. */
async function keyOfNoVersion(): Promise<void> {
  const server = new ScriptedServer();
  server.tokenScript = (_, response) => json(response, 200, { access_token: 'opaque', expires_in: 3600 });
  await server.start();
  await checkBasiqVersion(server.client(), createLogger('debug', kept));
  await server.stop();
}

const LEVELS = { debug: 20, info: 30, warn: 40 };
const of = (event: LogEvent) => lines.filter((line) => line.event === event);

test.each(Object.keys(LOG_EVENTS) as LogEvent[])('%s is logged, with its fields', (event) => {
  const { level, message, fields, of: belongsTo } = LOG_EVENTS[event];
  const found = of(event);
  expect(found).not.toEqual([]);
  // One line need not have them all: what is not known is left out.
  expect([...new Set(found.flatMap((line) => Object.keys(line)))]).toEqual(
    expect.arrayContaining([...fields]),
  );
  for (const line of found) {
    expect(line).toMatchObject({ msg: message });
    expect(line.level).toBeGreaterThanOrEqual(LEVELS[level]);
    if (belongsTo === 'attempt') {
      expect(line).toMatchObject({
        workflowId: expect.any(String) as string,
        runId: expect.any(String) as string,
      });
    }
  }
});

test('the worker writes no event that is not in the table', () => {
  const known = Object.keys(LOG_EVENTS);
  expect(lines.flatMap(({ event }) => event ?? []).filter((event) => !known.includes(event))).toEqual([]);
});

test('a call to Basiq has the attempt, and where its route names a job, the job', () => {
  const calls = [...of('basiq-call'), ...of('basiq-call-failed')];
  const ofAttempts = calls.filter(({ route }) => route !== '/token');
  expect(ofAttempts.length).toBeGreaterThan(20);
  for (const line of ofAttempts) {
    expect(line).toMatchObject({
      workflowId: expect.any(String) as string,
      runId: expect.any(String) as string,
    });
  }
  const aboutJobs = ofAttempts.filter(({ route }) => String(route).startsWith('/jobs/'));
  expect(aboutJobs).not.toEqual([]);
  expect(aboutJobs.filter(({ jobId }) => typeof jobId !== 'string')).toEqual([]);
});

test("what Basiq refused has Basiq's correlation id, in the call's line and in the attempt's", () => {
  const [refused] = of('answer-sent').filter(({ outcome }) => outcome === 'refused');
  expect(refused?.['correlationId']).toEqual(expect.stringMatching(/./));
  expect(of('basiq-call').map(({ correlationId }) => correlationId)).toContain(refused?.['correlationId']);
});

test('what happened can be told by the lines of info and above alone', () => {
  const told = lines
    .filter(({ workflowId, level }) => workflowId === fullStory && level >= LEVELS.info)
    .map(({ event, msg }) => event ?? msg);
  expect(told).toEqual([
    'attempt-started',
    'job-started',
    'outage-began',
    'outage-ended',
    'challenge-asked',
    'answer-ignored',
    'answer-sent',
    'challenge-asked',
    'answer-judged',
    'answer-sent',
    'answer-judged',
    'attempt-succeeded',
  ]);
});

test('no line holds a secret', async () => {
  const keys = z
    .object({ keys: z.array(z.object({ d: z.string() })) })
    .parse(JSON.parse(await readFile(world.privateKeysFile, 'utf8')));
  const tokens = Object.fromEntries(
    [...basiq.authorizations].map((token, index) => [`token ${index}`, token]),
  );
  const all = { API_KEY, 'private key': keys.keys[0]!.d, ...secrets, ...tokens };
  expect(Object.keys(all).length).toBeGreaterThan(8);
  expect(text.length).toBeGreaterThan(20_000);
  expect(secretsIn(text, all)).toEqual([]);
});
