import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { Logger } from './log';
import { writeEvent } from './telemetry/write-event';

/** A version of a Temporal worker deployment: what TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID name. */
export interface DeploymentVersion {
  name: string;
  buildId: string;
}

/** What the server gives to the workers of a version. */
export type Routing =
  /** nothing: nobody has said that the version should have anything */
  | { kind: 'unrouted' }
  /** all new attempts */
  | { kind: 'current' }
  /** a part of the new attempts */
  | { kind: 'ramping'; percentage: number }
  /** no new attempts, but those that began on it */
  | { kind: 'draining' }
  /** nothing any more: what began on it has ended */
  | { kind: 'drained' };

type VersionInfo = Partial<
  Pick<
    temporal.api.deployment.v1.IWorkerDeploymentVersionInfo,
    'currentSinceTime' | 'rampPercentage' | 'drainageInfo'
  >
>;

const { VERSION_DRAINAGE_STATUS_DRAINING, VERSION_DRAINAGE_STATUS_DRAINED } =
  temporal.api.enums.v1.VersionDrainageStatus;

/** @param info null: the server has not heard of the version, since no worker of it has polled yet */
export function routingOf(info: VersionInfo | null): Routing {
  if (info?.currentSinceTime != null) return { kind: 'current' };
  const percentage = info?.rampPercentage ?? 0;
  if (percentage > 0) return { kind: 'ramping', percentage };
  switch (info?.drainageInfo?.status) {
    case VERSION_DRAINAGE_STATUS_DRAINING:
      return { kind: 'draining' };
    case VERSION_DRAINAGE_STATUS_DRAINED:
      return { kind: 'drained' };
    default:
      return { kind: 'unrouted' };
  }
}

export interface Told {
  kind: Routing['kind'];
  /** by the monotonic clock */
  atMs: number;
}

const TELL_UNROUTED_AGAIN_MS = 5 * 60_000;

/** Whether to say it: when it has changed, and again and again while the worker idles for want of a command. */
export function isNews(routing: Routing, told: Told | null, nowMs: number): boolean {
  if (told?.kind !== routing.kind) return true;
  return routing.kind === 'unrouted' && nowMs - told.atMs >= TELL_UNROUTED_AGAIN_MS;
}

export function setCurrentCommand({ name, buildId }: DeploymentVersion, namespace: string): string {
  return `temporal worker deployment set-current-version --namespace ${namespace} --deployment-name ${name} --build-id ${buildId}`;
}

/** In words for whoever rolls the version out. */
function tell(logger: Logger, version: DeploymentVersion, namespace: string, routing: Routing): void {
  const { name: deployment, buildId } = version;
  const command = setCurrentCommand(version, namespace);
  switch (routing.kind) {
    case 'unrouted':
      writeEvent(logger, 'version-unrouted', { deployment, buildId, command });
      return;
    case 'current':
      writeEvent(logger, 'version-current', { deployment, buildId });
      return;
    case 'ramping':
      writeEvent(logger, 'version-ramping', { deployment, buildId, percentage: routing.percentage });
      return;
    case 'draining':
      writeEvent(logger, 'version-draining', { deployment, buildId });
      return;
    case 'drained':
      writeEvent(logger, 'version-drained', { deployment, buildId });
  }
}

export type DeploymentService = Pick<Connection['workflowService'], 'describeWorkerDeploymentVersion'>;

const NOT_FOUND = 5;

/** @throws Error of gRPC */
export async function askRouting(
  service: DeploymentService,
  { name, buildId }: DeploymentVersion,
  namespace: string,
): Promise<Routing> {
  try {
    const { workerDeploymentVersionInfo: info } = await service.describeWorkerDeploymentVersion({
      namespace,
      deploymentVersion: { deploymentName: name, buildId },
    });
    return routingOf(info ?? null);
  } catch (error) {
    const code: number | null = isGrpcServiceError(error) ? error.code : null;
    if (code !== NOT_FOUND) throw error;
    return routingOf(null);
  }
}

export interface RoutingWatch {
  stop(): void;
}

/** Soon after the command its giver sees in the log that it has worked. */
const ASK_EVERY_MS = 10_000;

/** Asks the server again and again what it gives to this version, and logs what is news. */
export function watchDeployment(
  service: DeploymentService,
  version: DeploymentVersion,
  namespace: string,
  logger: Logger,
  askEveryMs: number = ASK_EVERY_MS,
): RoutingWatch {
  let told: Told | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    try {
      const routing = await askRouting(service, version, namespace);
      const atMs = performance.now();
      if (!stopped && isNews(routing, told, atMs)) {
        tell(logger, version, namespace, routing);
        told = { kind: routing.kind, atMs };
      }
    } catch {
      // The worker itself tells of a server that is away; this asks again.
    }
    if (!stopped) timer = setTimeout(() => void look(), askEveryMs).unref();
  };
  void look();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
