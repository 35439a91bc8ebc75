import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ERROR_TABLE } from '../../src/contract/error-table';
import { Phase } from '../../src/contract/attempt-status';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../src/telemetry/metric-definitions';
import { API_KEY, AttemptWorld, eventually, type Stage } from './attempt-world';
import { Exposition } from './exposition';
import { linking, PEOPLE } from './linking';
import { secretsIn } from './secret-scan';

/** A real worker's /metrics after some attempts. Dashboard and alerts may name nothing that is not in it. */
let world: AttemptWorld;
let seen: Exposition;
const people: string[] = [];
const ids: string[] = [];

beforeAll(async () => {
  world = await AttemptWorld.start();
  const stage = await world.stage({ sandbox: { queueScale: 2_400 } });
  const worker = await stage.startWorker({ WORKER_HTTP_ADDRESS: '127.0.0.1:0' });
  const line = await worker.waitForLine(/Health and metrics are served/, 30_000);
  const port = Number(/"port":(\d+)/.exec(line)?.[1]);
  await Promise.all([
    linkedAtOnce(stage),
    linkedAfterTwoAnswers(stage),
    linkedAfterOutage(stage),
    cancelledInOutage(stage),
    refused(stage),
    notOurs(stage),
  ]);
  await eventually(async () => {
    seen = await Exposition.of(port);
    return (
      seen.sum('basiq_attempts_ended_total') === 6 &&
      seen.names.has('temporal_workflow_task_execution_failed_total')
    );
  });
}, 180_000);
afterAll(() => world.stop(), 60_000);

async function begin(
  stage: Stage,
  institutionId: string,
  more: Parameters<typeof linking>[2] = {},
): Promise<string> {
  const userId = await stage.newUser();
  people.push(userId);
  const { workflowId } = await stage.client.start(linking(userId, institutionId, more));
  return workflowId;
}

async function linkedAtOnce(stage: Stage): Promise<void> {
  const { jobId, connectionId } = await stage.client.result(await begin(stage, 'AU00000'));
  ids.push(jobId, connectionId ?? 'no connection');
}

async function linkedAfterTwoAnswers(stage: Stage): Promise<void> {
  const policy = { mfaSettleMs: 1_000 };
  const workflowId = await begin(stage, 'AU00002', { credentials: PEOPLE.gilfoyle, policy });
  await stage.untilPhase(workflowId, 'awaiting-mfa');
  const { outcome } = await stage.client.submitMfaAnswer(workflowId, { response: ['Hooli'] });
  expect(outcome).toBe('accepted');
  await stage.client.result(workflowId);
}

async function linkedAfterOutage(stage: Stage): Promise<void> {
  const workflowId = await begin(stage, 'AU90001');
  await stage.untilPhase(workflowId, 'queued');
  await stage.admin.setBank('AU90001', { status: 'operational' });
  await stage.client.result(workflowId);
}

async function cancelledInOutage(stage: Stage): Promise<void> {
  const workflowId = await begin(stage, 'AU90002');
  await stage.untilPhase(workflowId, 'queued');
  await stage.client.cancel(workflowId);
  await stage.client.result(workflowId).catch(() => undefined);
}

async function refused(stage: Stage): Promise<void> {
  const wrong = { loginId: 'jared', password: 'not his' };
  const failed = await stage.client
    .result(await begin(stage, 'AU00000', { credentials: wrong }))
    .catch(() => 'failed');
  expect(failed).toBe('failed');
  // A bank that Basiq does not know must not become a label.
  const nowhere = await stage.client.result(await begin(stage, 'AU-made-up')).catch(() => 'failed');
  expect(nowhere).toBe('failed');
}

/** Its workflow tasks fail, as those of a changed workflow do. */
async function notOurs({ world: { temporal }, taskQueue }: Stage): Promise<void> {
  await temporal.workflow.start('noSuchWorkflow', { taskQueue, workflowId: `${taskQueue}-not-ours` });
}

describe('what a worker counts', () => {
  test('attempts, by operation, institution and outcome', () => {
    const ended = (institution: string, outcome: string) =>
      seen.sum('basiq_attempts_ended_total', { operation: 'create', institution, outcome });
    expect(ended('AU00000', 'succeeded')).toBe(1);
    expect(ended('AU00002', 'succeeded')).toBe(1);
    expect(ended('AU90001', 'succeeded')).toBe(1);
    expect(ended('AU90002', 'cancelled')).toBe(1);
    expect(ended('AU00000', 'invalid-credentials')).toBe(1);
    expect(seen.labelValues('basiq_attempts_ended_total', 'institution')).toEqual([
      'AU00000',
      'AU00002',
      'AU90001',
      'AU90002',
      'unknown',
    ]);
    expect(seen.sum('basiq_attempt_success_seconds_count', { operation: 'create' })).toBe(3);
    // Milliseconds would be thousands.
    expect(seen.sum('basiq_attempt_success_seconds_sum')).toBeLessThan(600);
  });

  test('outages and their ends', () => {
    expect(seen.sum('basiq_outages_total')).toBe(2);
    expect(seen.sum('basiq_outage_seconds_count', { institution: 'AU90001', end: 'recovered' })).toBe(1);
    expect(seen.sum('basiq_outage_seconds_count', { institution: 'AU90002', end: 'cancelled' })).toBe(1);
  });

  test('MFA answers, tokens and calls by route', () => {
    expect(seen.sum('basiq_mfa_answer_seconds_count', { outcome: 'taken' })).toBe(1);
    for (const scope of ['SERVER_ACCESS', 'CLIENT_ACCESS']) {
      expect(seen.sum('basiq_token_fetches_total', { scope, outcome: 'fetched' })).toBe(1);
    }
    const route = '/users/{userId}/connections';
    expect(seen.sum('basiq_calls_total', { method: 'POST', route, status: '202' })).toBe(5);
    expect(seen.sum('basiq_call_seconds_count', { route })).toBe(seen.sum('basiq_calls_total', { route }));
    for (const label of seen.labelValues('basiq_calls_total', 'route'))
      expect(label).toMatch(/^(\/([a-z]+|\{\w+\}))+$/);
    expect(seen.sum('basiq_call_wait_seconds_count', { priority: 'mfa-answer' })).toBe(1);
  });

  test('how many attempts are open, by phase', () => {
    const open = [...Object.values(Phase).slice(0, 6), 'unstarted'].sort();
    expect(seen.labelValues('basiq_attempts', 'phase')).toEqual(open);
    expect(seen.sum('basiq_attempts_counted_timestamp_seconds')).toBeGreaterThan(Date.now() / 1_000 - 600);
  });

  test('each of our metrics, as it is defined', () => {
    const names = [
      ...Object.keys(COUNTERS).map((name) => `${name}_total`),
      ...Object.keys(GAUGES),
      ...Object.keys(HISTOGRAMS).map((name) => `${name}_bucket`),
    ];
    expect(names.filter((name) => !seen.names.has(name))).toEqual([]);
    for (const [name, { bounds }] of Object.entries(HISTOGRAMS)) {
      const exposed = seen.labelValues(`${name}_bucket`, 'le').filter((bound) => bound !== '+Inf');
      expect({ name, bounds: exposed.map(Number).sort((a, b) => a - b) }).toEqual({ name, bounds });
    }
  });

  test('without a secret, a person, a connection or a job in it', () => {
    expect(people).toHaveLength(6);
    expect(
      secretsIn(seen.text, { key: API_KEY, ...PEOPLE.jared, wrong: 'not his', answer: 'Hooli' }),
    ).toEqual([]);
    expect([...people, ...ids, 'AU-made-up'].filter((id) => seen.text.includes(id))).toEqual([]);
  });
});

const OPERATIONS = path.join(__dirname, '..', '..', 'operations');
const files = ['prometheus', 'grafana'].flatMap((folder) =>
  readdirSync(path.join(OPERATIONS, folder)).map((file) => path.join(folder, file)),
);

describe.each(files.filter((file) => !file.endsWith('.test.yml')))('operations/%s', (file) => {
  const text = readFileSync(path.join(OPERATIONS, file), 'utf8').replaceAll('\\"', '"');
  const valuesOf = (label: string) =>
    [...text.matchAll(new RegExp(`\\b${label}(?:=|!=)~?"([^"]*)"`, 'g'))]
      .flatMap(([, values = '']) => values.split('|'))
      .filter((value) => !value.startsWith('$'));

  test('names only metrics that a worker has', () => {
    const named = [...text.matchAll(/\b(?:basiq|temporal)_[a-z_]+\b/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(20);
    expect([...new Set(named)].filter((name) => !seen.names.has(name))).toEqual([]);
  });

  test('names only labels that they have', () => {
    const inBraces = [...text.matchAll(/[{,]\s*(\w+)(?:=|!=)~?"/g)].map(([, name = '']) => name);
    const grouped = [...text.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/,\s*/));
    const known = new Set([...seen.labelNames, 'job', 'instance']);
    expect(inBraces.length).toBeGreaterThan(5);
    expect([...inBraces, ...grouped].filter((name) => !known.has(name))).toEqual([]);
  });

  test('names only outcomes and phases that there are', () => {
    const outcomes = [
      ...Object.keys(ERROR_TABLE),
      ...['succeeded', 'cancelled', 'taken', 'refused', 'fetched', 'too-many'],
    ];
    expect(valuesOf('outcome').filter((outcome) => !outcomes.includes(outcome))).toEqual([]);
    const phases = seen.labelValues('basiq_attempts', 'phase');
    expect(valuesOf('phase').filter((phase) => !phases.includes(phase))).toEqual([]);
  });
});
