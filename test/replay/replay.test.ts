import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { temporal } from '@temporalio/proto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ATTEMPT_DATA_CONVERTER } from '../../src/create-worker';
import { readStoredHistory } from '../../src/replay/stored-histories';

/**
 * An attempt lives for seven days and a deploy comes in between: the new workflow code must do, with what Temporal
 * recorded of the old one, just what the old one did. tools/record-histories.ts recorded these.
 */
const HISTORIES = path.join(__dirname, 'histories');
const WORKFLOWS = path.join(__dirname, '..', '..', 'src', 'workflows');
const KEEP_TO_HISTORY = path.join(WORKFLOWS, 'keep-to-history.ts');
const TRACING = path.join(__dirname, '..', '..', 'src', 'telemetry', 'workflow-tracing.ts');
const names = readdirSync(HISTORIES).map((file) => path.basename(file, '.json'));

const recorded = (name: string) => readStoredHistory(HISTORIES, name);

const logger = new DefaultLogger('ERROR');
let plain: WorkflowBundle;
let traced: WorkflowBundle;
/** A replay makes no spans. */
const sinks = { exporter: { export: { fn: () => undefined } } };
beforeAll(async () => {
  // Temporal's core tells of each violation at length; the tests say which are wanted.
  Runtime.install({
    logger,
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  });
  const options = { workflowsPath: WORKFLOWS, logger, ...ATTEMPT_DATA_CONVERTER };
  plain = await bundleWorkflowCode({ ...options, workflowInterceptorModules: [KEEP_TO_HISTORY] });
  traced = await bundleWorkflowCode({ ...options, workflowInterceptorModules: [KEEP_TO_HISTORY, TRACING] });
}, 120_000);

test('the main paths are recorded', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'success',
      'invalid-credentials',
      'mfa',
      'mfa-wrong-then-right',
      'mfa-expired',
      'approval-by-signal',
      'queue-recovers',
      'queue-expires',
      'queue-cancelled',
      'refresh-outage',
      'start-ambiguous-found',
      'start-ambiguous-none',
    ]),
  );
});

test.each(names)('%s is replayed by the code of today, on workers without traces and with', async (name) => {
  const { workflowId, history } = await recorded(name);
  const dataConverter = ATTEMPT_DATA_CONVERTER;
  for (const workflowBundle of [plain, traced]) {
    await Worker.runReplayHistory({ workflowBundle, dataConverter, sinks }, history, workflowId);
  }
});

test('one that is read while news waits for a workflow task is replayed too', async () => {
  const { workflowId, history } = await recorded('mfa');
  const { EVENT_TYPE_WORKFLOW_TASK_SCHEDULED } = temporal.api.enums.v1.EventType;
  const last = history.events.findLastIndex(
    ({ eventType }) => eventType === EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
  );
  const events = history.events.slice(0, last + 1);
  await Worker.runReplayHistory(
    { workflowBundle: plain, dataConverter: ATTEMPT_DATA_CONVERTER },
    temporal.api.history.v1.History.create({ events }),
    workflowId,
  );
});

test('the histories hold sealed secrets alone', async () => {
  for (const name of names) {
    const { history } = await recorded(name);
    const [started] = history.events;
    const [input] = started?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const text = Buffer.from(input?.data ?? []).toString('utf8');
    expect({ name, text }).toEqual({ name, text: expect.stringContaining('"userId"') as string });
    expect({ name, text }).not.toEqual({
      name,
      text: expect.stringMatching(/"(password|loginId|userToken)"/) as string,
    });
  }
});

describe('a workflow that does something else', () => {
  let changedBundle: WorkflowBundle;
  beforeAll(async () => {
    const workflowsPath = path.join(__dirname, 'changed-workflow.ts');
    changedBundle = await bundleWorkflowCode({ workflowsPath, logger });
  }, 120_000);

  test.each(['success', 'queue-expires', 'mfa'])('cannot replay %s', async (name) => {
    const { workflowId, history } = await recorded(name);
    await expect(
      Worker.runReplayHistory({ workflowBundle: changedBundle }, history, workflowId),
    ).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });
});
