import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { createLogger } from '../../src/log';
import { needsEyes } from '../../src/telemetry/basiq-call-log';
import { KeptSpanParts } from '../../src/telemetry/kept-span-parts';
import { tracingTrouble } from '../../src/telemetry/tracing-trouble';

test('of a span only what is known to be harmless is passed on', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({
    spanProcessors: [new KeptSpanParts(new SimpleSpanProcessor(exporter))],
  });
  const span = provider.getTracer('test').startSpan('a name', {
    attributes: { temporalWorkflowId: 'w', 'http.response.status_code': 200, input: 'hunter2', memo: 'm' },
  });
  span.addEvent('log', { body: 'hunter2' });
  const error = new Error('what happened');
  span.recordException(error);
  span.end();
  const [sent] = exporter.getFinishedSpans();
  expect(sent).toMatchObject({ name: 'a name', ended: true });
  expect(sent?.spanContext()).toEqual(span.spanContext());
  expect(sent?.attributes).toEqual({ temporalWorkflowId: 'w', 'http.response.status_code': 200 });
  expect(sent?.events.map(({ name, attributes }) => ({ name, attributes }))).toEqual([
    { name: 'log', attributes: {} },
    { name: 'exception', attributes: { 'exception.type': 'Error', 'exception.message': 'what happened' } },
  ]);
});

test('trouble with sending is told at once, then every ten minutes, with a code and no text of the collector', () => {
  const lines: unknown[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(JSON.parse(line)) });
  let nowMs = 5;
  const trouble = tracingTrouble(logger, () => nowMs);
  const problem = JSON.stringify({ message: 'token abc is wrong', code: '401', data: 'token abc' });
  trouble.error(problem);
  nowMs += 60_000;
  trouble.error(problem);
  trouble.warn('Dropped 12 spans');
  nowMs += 9 * 60_000;
  trouble.error('{"code":"a text with spaces"}');
  trouble.info('nothing');
  expect(lines).toEqual([
    expect.objectContaining({ event: 'traces-not-sent', problems: 1, reason: '401' }),
    expect.objectContaining({ event: 'traces-not-sent', problems: 3 }),
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/abc|spaces/);
});

describe('a failed call to Basiq is for somebody to see', () => {
  const call = { durationMs: 1, correlationId: null };
  test.each([
    ['a read, which is tried again', 'GET', '/jobs/{jobId}', 500, 'http-500', false],
    ['a job that may have been made', 'POST', '/users/{userId}/connections', null, 'timeout', true],
    ['a job that Basiq refuses', 'POST', '/users/{userId}/connections', 400, 'parameter-not-valid', false],
    ['a wrong answer', 'POST', '/jobs/{jobId}/mfa', 400, 'invalid-credentials', false],
    ['a key that has no right', 'POST', '/jobs/{jobId}/mfa', 403, 'forbidden-access', true],
    ['a key that is garbled', 'POST', '/token', 400, 'parameter-not-valid', true],
    ['one that the attempt called off', 'POST', '/jobs/{jobId}/mfa', null, 'cancelled', false],
    ['none', 'POST', '/token', 200, null, false],
  ])('%s', (_, method, route, status, errorCode, expected) => {
    expect(needsEyes({ ...call, method, route, status, errorCode })).toBe(expected);
  });
});
