import { z } from 'zod';
import { DEFAULT_TASK_QUEUE } from './contract/names';
import { readPrivateKeys } from './secrets/key-files';
import type { PrivateKeySet } from './secrets/key-set';

export interface WorkerConfig {
  basiq: {
    apiUrl: string;
    apiKey: string;
    maxCallsPerSecond: number;
    httpTimeoutMs: number;
    queueScale: number;
  };
  taskQueue: string;
  privateKeys: PrivateKeySet | null;
  allowPlainSecrets: boolean;
  appApprovalInstitutions: string[];
  logLevel: string;
  /** where /healthz, /readyz and /metrics are served; null: nowhere */
  http: { host: string; port: number } | null;
  /** base address of an OpenTelemetry collector (OTLP over HTTP); null: no traces are made */
  otlpEndpoint: string | null;
  /** the version of a Temporal worker deployment that this worker is; null: it takes whatever is on the task queue */
  deployment: { name: string; buildId: string } | null;
}

/** Thrown when the environment is not usable. The message has a line for each problem, by variable, without values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(
      `The worker's configuration has ${problems.length} problem(s):\n${problems.map((p) => `- ${p}`).join('\n')}`,
    );
  }
}

const PUBLIC_API_URL = 'https://au-api.basiq.io';
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

const number = (fix: string) => z.coerce.number({ error: fix });

const Environment = z.object({
  BASIQ_API_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) address' })
    .refine(isHttpsOrLoopback, { error: 'must be https: passwords go there (http only to this machine)' })
    .default(PUBLIC_API_URL),
  BASIQ_API_KEY: z
    .string({ error: "is required: the API key from Basiq's dashboard" })
    .trim()
    .regex(/^[\x21-\x7e]+$/, { error: "must be the API key as Basiq's dashboard shows it, on one line" }),
  BASIQ_MAX_CALLS_PER_SECOND: number('must be a number above 0')
    .positive({ error: 'must be above 0' })
    .default(20),
  BASIQ_HTTP_TIMEOUT_MS: number('must be a number of milliseconds')
    .int({ error: 'must be a whole number of milliseconds' })
    .min(100, { error: 'must be at least 100 ms' })
    .max(120_000, { error: 'must be at most 120,000 ms' })
    .default(30_000),
  BASIQ_QUEUE_SCALE: number('must be a number of at least 1')
    .min(1, { error: 'must be at least 1' })
    .default(1),
  TEMPORAL_TASK_QUEUE: z.string().trim().default(DEFAULT_TASK_QUEUE),
  SECRETS_PRIVATE_KEYS_FILE: z.string().optional(),
  ALLOW_PLAIN_SECRETS: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
  APP_APPROVAL_INSTITUTIONS: z.string().default('Bendigo'),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  WORKER_HTTP_ADDRESS: z
    .string()
    .trim()
    .transform((text, context) => {
      const address = hostAndPort(text);
      if (address !== null) return address;
      context.addIssue({ code: 'custom', message: 'must be an address and a port, such as 127.0.0.1:9464' });
      return z.NEVER;
    })
    .optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) address, such as http://127.0.0.1:4318' })
    .optional(),
  // The names under which Temporal's worker controller for Kubernetes sets them.
  TEMPORAL_DEPLOYMENT_NAME: z
    .string()
    .trim()
    .regex(/^(?!__)[\w/-]+$/, { error: 'must be letters, digits, -, _ and /, as Temporal wants it (no dot)' })
    .optional(),
  TEMPORAL_WORKER_BUILD_ID: z
    .string()
    .trim()
    .regex(/^(?!__)[\w/.+@-]+$/, { error: 'must be letters, digits, -, _, /, ., + and @' })
    .optional(),
});

/**
 * Reads the worker's environment; Temporal's own variables are read by @temporalio/envconfig.
 * @throws ConfigError with every problem at once
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): WorkerConfig {
  // An empty variable is how many deployment systems say "not set".
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const parsed = Environment.safeParse(set);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);

  const file = set['SECRETS_PRIVATE_KEYS_FILE'];
  const keys = file === undefined ? null : privateKeysOr(file);
  if (typeof keys === 'string') problems.push(`SECRETS_PRIVATE_KEYS_FILE ${keys}`);
  if (keys === null && set['ALLOW_PLAIN_SECRETS'] !== 'true') {
    problems.push(
      'SECRETS_PRIVATE_KEYS_FILE is required: the private JWK set that `npm run keys` makes (or, for a sandbox only, ALLOW_PLAIN_SECRETS=true)',
    );
  }
  if (!parsed.success) throw new ConfigError(problems);

  const env = parsed.data;
  if (env.BASIQ_QUEUE_SCALE !== 1 && new URL(env.BASIQ_API_URL).protocol === 'https:') {
    problems.push("BASIQ_QUEUE_SCALE must be 1: only a sandbox's queue runs faster than Basiq's");
  }
  const { TEMPORAL_DEPLOYMENT_NAME: name, TEMPORAL_WORKER_BUILD_ID: buildId } = env;
  if ((name === undefined) !== (buildId === undefined)) {
    const missing = name === undefined ? 'TEMPORAL_DEPLOYMENT_NAME' : 'TEMPORAL_WORKER_BUILD_ID';
    problems.push(
      `${missing} is required with the other one: a versioned worker has a deployment and a build`,
    );
  }
  if (problems.length > 0 || typeof keys === 'string') throw new ConfigError(problems);
  return {
    basiq: {
      apiUrl: env.BASIQ_API_URL,
      apiKey: env.BASIQ_API_KEY,
      maxCallsPerSecond: env.BASIQ_MAX_CALLS_PER_SECOND,
      httpTimeoutMs: env.BASIQ_HTTP_TIMEOUT_MS,
      queueScale: env.BASIQ_QUEUE_SCALE,
    },
    taskQueue: env.TEMPORAL_TASK_QUEUE,
    privateKeys: keys,
    allowPlainSecrets: env.ALLOW_PLAIN_SECRETS === 'true',
    appApprovalInstitutions: env.APP_APPROVAL_INSTITUTIONS.split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
    logLevel: env.LOG_LEVEL,
    http: env.WORKER_HTTP_ADDRESS ?? null,
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
    deployment: name === undefined || buildId === undefined ? null : { name, buildId },
  };
}

/** The keys, or what is wrong with the file. */
function privateKeysOr(file: string): PrivateKeySet | string {
  try {
    return readPrivateKeys(file);
  } catch (error) {
    return `names a file that ${error instanceof Error ? error.message : String(error)}`;
  }
}

function isHttpsOrLoopback(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return (
    protocol === 'https:' ||
    ['localhost', '127.0.0.1', '[::1]'].includes(hostname) ||
    hostname.endsWith('.localhost')
  );
}

/** `127.0.0.1:9464`, `[::1]:9464`, `worker:9464`; null for anything else. */
function hostAndPort(text: string): { host: string; port: number } | null {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s/]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? null : { host, port };
}
