import { context, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { Resource } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { Client } from '@temporalio/client';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import path from 'node:path';
import { ConnectionsClient } from '../../src/client';
import { ATTEMPT_DATA_CONVERTER } from '../../src/create-worker';
import type { RunningChild } from '../../tools/child-process';
import { API_KEY, AttemptWorld, type Stage } from './attempt-world';
import { linking, PEOPLE } from './linking';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver';
import { secretsIn } from './secret-scan';

interface OpenAttempts {
  waiting: string;
  parked: string;
}

let world: AttemptWorld;
let stage: Stage;
let receiver: OtlpReceiver;
/** one after the other, on one task queue */
let worker: RunningChild;
let moving: OpenAttempts;
beforeAll(async () => {
  world = await AttemptWorld.start();
  stage = await world.stage();
  receiver = await startOtlpReceiver();
}, 120_000);
afterAll(async () => {
  await receiver.close();
  await world.stop();
}, 60_000);

const traced = () => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  OTEL_SERVICE_NAME: 'workers-of-the-test',
});
/** Nothing listens there. */
const tracedToNobody = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
const BUNDLES = ['workflow-bundle.js', 'workflow-bundle-traced.js'] as const;

/** A back-end that makes traces of its own, as README.md says. */
async function asTracedBackEnd<T>(work: (client: ConnectionsClient) => Promise<T>): Promise<T> {
  const exporter = new OTLPTraceExporter({ url: `${receiver.url}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: new Resource({ 'service.name': 'back-end-of-the-test' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  const temporal = new Client({
    connection: world.connection,
    interceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
  });
  try {
    return await work(
      new ConnectionsClient({ temporal, taskQueue: stage.taskQueue, sealing: world.publicKeys }),
    );
  } finally {
    await provider.shutdown();
    for (const api of [trace, context, propagation]) api.disable();
  }
}

describe('the trace of an attempt', () => {
  const answer = ['1234'];
  let userId: string;
  let workflowId: string;
  let jobId: string;
  let received: string[];
  let spans: readonly ReceivedSpan[];
  beforeAll(async () => {
    userId = await stage.newUser();
    worker = await stage.startWorker(traced());
    await asTracedBackEnd(async (client) => {
      ({ workflowId } = await client.start(linking(userId, 'AU00002')));
      await stage.untilPhase(workflowId, 'awaiting-mfa');
      await client.submitMfaAnswer(workflowId, { response: answer });
      // From the first update on Temporal's interceptors would trace questions too.
      await stage.client.status(workflowId);
      ({ jobId } = await client.result(workflowId));
    });
    received = (await stage.admin.requests()).map(({ route }) => (route ?? '').replace(/:(\w+)/g, '{$1}'));
    moving = await openAttempts();
    // What it has not sent yet it sends when it ends.
    expect(await worker.stop()).toEqual({ kind: 'exited', code: 0 });
    const { traceId } = only(receiver.spans, 'StartWorkflow:connectionAttempt');
    spans = receiver.spans.filter((span) => span.traceId === traceId);
  }, 60_000);

  function only(among: readonly ReceivedSpan[], name: string): ReceivedSpan {
    const [found, ...more] = among.filter((span) => span.name === name);
    if (found === undefined || more.length > 0) {
      throw new Error(`${more.length + (found ? 1 : 0)} spans ${name} of ${among.map((s) => s.name).join()}`);
    }
    return found;
  }

  function lineOf(span: ReceivedSpan): string[] {
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
    return parent === undefined ? [span.name] : [...lineOf(parent), span.name];
  }

  test("goes from the back-end's start through workflow and activity to the call that Basiq gets", () => {
    expect(lineOf(only(spans, 'POST /users/{userId}/connections'))).toEqual([
      'StartWorkflow:connectionAttempt',
      'RunWorkflow:connectionAttempt',
      'StartActivity:startJob',
      'RunActivity:startJob',
      'POST /users/{userId}/connections',
    ]);
    expect(lineOf(only(spans, 'POST /jobs/{jobId}/mfa'))).toEqual([
      'StartWorkflow:connectionAttempt',
      'RunWorkflow:connectionAttempt',
      'StartActivity:answerChallenge',
      'RunActivity:answerChallenge',
      'POST /jobs/{jobId}/mfa',
    ]);
  });

  test('has a span for each call that Basiq got', () => {
    const calls = spans.filter(({ name }) => name.includes(' /')).map(({ name }) => name);
    // The test made the user. Of the tokens one is the test's, and one is fetched before there is an attempt.
    const others = ['POST /users', 'POST /token'];
    const expected = received.filter((route) => !others.includes(route));
    expect(calls.filter((name) => !others.includes(name)).sort()).toEqual(expected.sort());
    expect(expected).toContain('GET /jobs/{jobId}');
  });

  test('says who made a span, and what a call and an activity were about', () => {
    expect(only(spans, 'StartWorkflow:connectionAttempt').service).toBe('back-end-of-the-test');
    expect(only(spans, 'RunWorkflow:connectionAttempt').service).toBe('workers-of-the-test');
    expect(only(spans, 'POST /users/{userId}/connections').attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': '202',
      'url.template': '/users/{userId}/connections',
    });
    expect(only(spans, 'RunActivity:answerChallenge').attributes).toMatchObject({
      temporalWorkflowId: workflowId,
      'basiq.job_id': jobId,
    });
    expect(only(spans, 'RunWorkflow:connectionAttempt').attributes).toEqual({
      workflowId,
      runId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      workflowType: 'connectionAttempt',
    });
  });

  test('has no span of a question, of which a back-end asks one each second', () => {
    expect(receiver.spans.map(({ name }) => name)).not.toContain('HandleQuery:attemptStatus');
  });

  test('holds no secret, and no id of a person in a name', () => {
    const { loginId, password } = PEOPLE.jared;
    const text = receiver.texts.join('\n');
    expect(text.length).toBeGreaterThan(10_000);
    expect(secretsIn(text, { API_KEY, loginId, password, answer: answer.join() })).toEqual([]);
    expect(text).not.toMatch(/eyJ[\w-]{10,}/);
    expect(receiver.spans.filter(({ name }) => name.includes(userId))).toEqual([]);
  });
});

/** An attempt that waits for its person, and one that waits for its bank. */
async function openAttempts(): Promise<OpenAttempts> {
  const waiting = await stage.client.start(linking(await stage.newUser(), 'AU00002'));
  const parked = await stage.client.start(linking(await stage.newUser(), 'AU90002'));
  await stage.untilPhase(waiting.workflowId, 'awaiting-mfa');
  await stage.untilPhase(parked.workflowId, 'queued');
  return { waiting: waiting.workflowId, parked: parked.workflowId };
}

async function endRightly({ waiting, parked }: OpenAttempts): Promise<void> {
  await stage.client.submitMfaAnswer(waiting, { response: ['1234'] });
  await stage.client.result(waiting);
  await stage.client.cancel(parked);
  await expect(stage.client.result(parked)).rejects.toMatchObject({ name: 'AttemptCancelledError' });
}

async function areReplayed({ waiting, parked }: OpenAttempts): Promise<void> {
  for (const workflowId of [waiting, parked]) {
    const history = await world.temporal.workflow.getHandle(workflowId).fetchHistory();
    expect((history.events ?? []).filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
    for (const bundle of BUNDLES) {
      const codePath = path.join(__dirname, '..', '..', 'dist', bundle);
      await Worker.runReplayHistory(
        { workflowBundle: { codePath }, dataConverter: ATTEMPT_DATA_CONVERTER, sinks: noSpans },
        history,
        workflowId,
      );
    }
  }
}

describe('attempts that move between workers', () => {
  test('from one with traces to one without end rightly, and either bundle replays them', async () => {
    const moved = moving;
    worker = await stage.startWorker();
    await endRightly(moved);
    moving = await openAttempts();
    await worker.stop();
    await areReplayed(moved);
  });

  test('from one without traces to one with, whose collector is down, too', async () => {
    worker = await stage.startWorker(tracedToNobody);
    await endRightly(moving);
    await areReplayed(moving);
  });

  test('that the collector is down is told of once', async () => {
    await worker.waitForLine(/"event":"traces-not-sent"/, 30_000);
    const { workflowId } = await stage.client.start(linking(await stage.newUser(), 'AU00000'));
    await stage.client.result(workflowId);
    expect(await worker.stop()).toEqual({ kind: 'exited', code: 0 });
    const told = worker
      .output()
      .split('\n')
      .filter((line) => line.includes('traces-not-sent'));
    expect(told).toEqual([expect.stringContaining('"reason":"ECONNREFUSED"')]);
  });
});

/** Replays within this process are quiet, and make no spans. */
const noSpans = { exporter: { export: { fn: () => undefined } } };
Runtime.install({ logger: new DefaultLogger('ERROR') });
