import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { ATTEMPT_DATA_CONVERTER, plainWorkflows } from '../create-worker';
import { replayFailure } from './replay-failure';
import type { AttemptHistory } from './stored-histories';

export interface ReplayReport {
  replayed: number;
  failed: number;
  /** the first of them */
  failures: { workflowId: string; reason: string }[];
}

const NAMED_FAILURES = 10;

/**
 * Runs each history through the workflow code of this build, as a worker would that takes the attempt over. Nothing
 * reaches a server or Basiq. To be called once in a process, since it sets Temporal's runtime up.
 */
export async function replayHistories(
  histories: AsyncIterable<AttemptHistory>,
  onReplayed: (count: number) => void = () => undefined,
): Promise<ReplayReport> {
  // What Temporal logs of a failure holds the whole error, and with it perhaps something of a payload.
  const logger = new DefaultLogger('ERROR', () => undefined);
  const filter = makeTelemetryFilterString({ core: 'ERROR' });
  Runtime.install({ logger, telemetryOptions: { logging: { filter, forward: {} } } });

  const report: ReplayReport = { replayed: 0, failed: 0, failures: [] };
  const { workflowModules, ...code } = plainWorkflows();
  const options = { ...code, interceptors: { workflowModules }, dataConverter: ATTEMPT_DATA_CONVERTER };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
    report.replayed += 1;
    if (error !== undefined) {
      report.failed += 1;
      if (report.failed <= NAMED_FAILURES) {
        report.failures.push({ workflowId, reason: replayFailure(error) });
      }
    }
    onReplayed(report.replayed);
  }
  return report;
}
