import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { inspect, promisify } from 'node:util';
import { attemptWorkflowId, ConnectionsClient, seal, type AttemptInput } from '../../src/client';
import type { RunningChild } from '../../tools/child-process';
import { temporalCliPath } from '../../tools/temporal-servers';
import { API_KEY, AttemptWorld, type Stage } from './attempt-world';
import { linking } from './linking';
import { startQuotingBasiq, type QuotingBasiq } from './quoting-basiq';
import { asText, secretsIn, shapesOf } from './secret-scan';

/** Secrets of one person, like no other text in the world; with what JSON, URLs and base64 write differently. */
function canary(name: string) {
  const unique = (what: string) => `${what}-${name}-${randomBytes(9).toString('hex')}+/"ü`;
  return {
    loginId: unique('login'),
    password: unique('password'),
    securityCode: unique('code'),
    secondaryLoginId: unique('second'),
    wrongAnswer: unique('wrong'),
    rightAnswer: unique('right'),
  };
}
type Canary = ReturnType<typeof canary>;

const credentialsOf = ({ loginId, password, securityCode, secondaryLoginId }: Canary) => ({
  loginId,
  password,
  securityCode,
  secondaryLoginId,
});

/** Everything that Temporal tells of an attempt, and what else the test has met. */
class Evidence {
  readonly secrets: Record<string, string> = { 'API key': API_KEY };
  private readonly texts: string[] = [];

  watch(of: Canary, name: string): void {
    for (const [field, secret] of Object.entries(of)) this.secrets[`${name} ${field}`] = secret;
  }

  add(...things: unknown[]): void {
    for (const thing of things) {
      this.texts.push(
        typeof thing === 'string' ? thing : inspect(thing, { depth: null, maxStringLength: null }),
        asText(thing),
      );
    }
  }

  async addAttempt(world: AttemptWorld, workflowId: string): Promise<void> {
    const handle = world.temporal.workflow.getHandle(workflowId);
    const [history, { raw }, exported, described] = await Promise.all([
      handle.fetchHistory(),
      handle.describe(),
      asExported(world, 'show', workflowId),
      asExported(world, 'describe', workflowId),
    ]);
    this.add(history, raw, exported, described);
  }

  get length(): number {
    return this.texts.join('').length;
  }

  found(): string[] {
    return secretsIn(this.texts.join('\n'), this.secrets);
  }
}

/** What Temporal's CLI gives of it: JSON, with payloads in base64. */
async function asExported(
  { server }: AttemptWorld,
  what: 'show' | 'describe',
  workflowId: string,
): Promise<string> {
  const which = ['--address', server.address, '--workflow-id', workflowId];
  const form = ['--output', 'json', '--no-json-shorthand-payloads'];
  const { stdout } = await promisify(execFile)(temporalCliPath(), ['workflow', what, ...which, ...form], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

let world: AttemptWorld;
let stage: Stage;
let basiq: QuotingBasiq;
let worker: RunningChild;
const evidence = new Evidence();

beforeAll(async () => {
  world = await AttemptWorld.start();
  stage = await world.stage();
  basiq = await startQuotingBasiq(stage.sandbox.url);
  worker = await stage.startWorker({
    BASIQ_API_URL: basiq.url,
    BASIQ_HTTP_TIMEOUT_MS: '1000',
    LOG_LEVEL: 'trace',
  });
}, 120_000);
afterAll(async () => {
  await basiq.close();
  await world.stop();
}, 60_000);

/** A person whom the sandbox takes for jared, whatever their words are. */
function person(name: string): Canary {
  const secrets = canary(name);
  const inJson = (secret: string) => JSON.stringify(secret).slice(1, -1);
  basiq.means({
    [inJson(secrets.loginId)]: 'jared',
    [inJson(secrets.password)]: 'django',
    [inJson(secrets.rightAnswer)]: '1234',
  });
  evidence.watch(secrets, name);
  return secrets;
}

async function start(secrets: Canary, institutionId: string, more: object = {}) {
  const userId = await stage.newUser();
  const credentials = credentialsOf(secrets);
  const { workflowId } = await stage.client.start(linking(userId, institutionId, { credentials, ...more }));
  return { userId, workflowId };
}

/** The attempt's end, kept as evidence, whichever it is. */
async function end(workflowId: string): Promise<string> {
  const ended: { how: string; what: unknown } = await stage.client.result(workflowId).then(
    (result) => ({ how: 'succeeded', what: result }),
    (error: unknown) => ({
      how: error instanceof Error && 'code' in error ? String(error.code) : String(error),
      what: error,
    }),
  );
  evidence.add(ended.what, await stage.client.status(workflowId));
  await evidence.addAttempt(world, workflowId);
  return ended.how;
}

/** What a call was refused with, kept as evidence. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  evidence.add(error);
  return error;
}

describe('sealed secrets', () => {
  test('of an attempt that succeeds, with a challenge, and of an update after it', async () => {
    const secrets = person('good');
    const { userId, workflowId } = await start(secrets, 'AU00002');
    await stage.untilPhase(workflowId, 'awaiting-mfa');
    evidence.add(await stage.client.submitMfaAnswer(workflowId, { response: [secrets.rightAnswer] }));
    expect(await end(workflowId)).toBe('succeeded');

    const { connectionId } = await stage.client.status(workflowId);
    const { password, securityCode } = secrets;
    const update: AttemptInput = {
      userId,
      operation: {
        kind: 'update',
        connectionId: connectionId ?? '',
        credentials: { password, securityCode },
      },
    };
    const updating = await stage.client.start(update);
    await stage.untilPhase(updating.workflowId, 'awaiting-mfa');
    evidence.add(
      await stage.client.submitMfaAnswer(updating.workflowId, { response: [secrets.rightAnswer] }),
    );
    expect(await end(updating.workflowId)).toBe('succeeded');
  });

  test('that the bank refuses', async () => {
    const secrets = canary('unknown');
    evidence.watch(secrets, 'unknown');
    const { workflowId } = await start(secrets, 'AU00000');
    expect(await end(workflowId)).toBe('invalid-credentials');
  });

  test('that Basiq quotes in a refusal of the POST', async () => {
    const secrets = person('quoted');
    basiq.quotes('login-quoted-');
    const { workflowId } = await start(secrets, 'AU00000');
    expect(await end(workflowId)).toBe('parameter-not-valid');
    const { failure } = await stage.client.status(workflowId);
    expect(failure?.detail).toContain('[hidden]');
  });

  test('in an MFA answer that Basiq refuses, quoting it, and then the right one', async () => {
    const secrets = person('answering');
    basiq.quotes('wrong-answering-');
    const { workflowId } = await start(secrets, 'AU00002');
    await stage.untilPhase(workflowId, 'awaiting-mfa');
    const verdict = await stage.client.submitMfaAnswer(workflowId, { response: [secrets.wrongAnswer] });
    evidence.add(verdict);
    expect(verdict).toMatchObject({ outcome: 'rejected', reason: 'refused' });
    await stage.client.submitMfaAnswer(workflowId, { response: [secrets.rightAnswer] });
    expect(await end(workflowId)).toBe('succeeded');
  });

  test.each(['reset-after', 'malformed', 'wrong-content-type'] as const)(
    'whose POST ends in %s',
    async (kind) => {
      const secrets = person(kind);
      await stage.admin.fault({ route: 'POST /users/:userId/connections', count: 1, fault: { kind } });
      const { workflowId } = await start(secrets, 'AU00000');
      expect(await end(workflowId)).toBe('succeeded');
    },
  );

  test('in answers that are refused: sealed for another, plain, too many, and too late', async () => {
    const secrets = person('late');
    const { userId, workflowId } = await start(secrets, 'AU00002');
    const { challenge } = await stage.untilPhase(workflowId, 'awaiting-mfa');
    const response = [secrets.rightAnswer];

    const forAnother = { purpose: 'mfa', userId, subject: { institutionId: 'AU00000' } } as const;
    const foreign = await seal(secrets.rightAnswer, forAnother, world.publicKeys);
    await world.temporal.workflow.getHandle(workflowId).signal('mfaAnswer', { response: [foreign] });
    const ignored = await stage.until(workflowId, (progress) => progress.lastIgnoredAnswer !== null);
    expect(ignored.lastIgnoredAnswer?.reason).toBe('unusable-answer');
    evidence.add(ignored);
    await stage.untilPhase(workflowId, 'awaiting-mfa');

    const { taskQueue } = stage;
    const plain = new ConnectionsClient({ temporal: world.temporal, taskQueue, sealing: 'send-plain-text' });
    expect(await refusal(plain.submitMfaAnswer(workflowId, { response }))).toMatchObject({
      reason: 'plain-answer-refused',
    });
    expect(
      await refusal(stage.client.submitMfaAnswer(workflowId, { response: [...response, ...response] })),
    ).toMatchObject({ reason: 'wrong-number-of-answers' });
    const challengeId = `${challenge!.challengeId}-old`;
    expect(await refusal(stage.client.submitMfaAnswer(workflowId, { response, challengeId }))).toMatchObject({
      reason: 'stale-challenge',
    });

    await stage.admin.advanceClock(10 * 60_000);
    expect(await end(workflowId)).toBe('job-timed-out');
    expect(await refusal(stage.client.submitMfaAnswer(workflowId, { response }))).toMatchObject({
      name: 'AttemptNotFoundError',
    });
  });

  test('that are sealed for somebody else', async () => {
    const secrets = person('foreign');
    const userId = await stage.newUser();
    const binding = { purpose: 'credentials', userId: 'someone-else', subject: { institutionId: 'AU00000' } };
    const credentials = await seal(
      credentialsOf(secrets),
      { ...binding, purpose: 'credentials' },
      world.publicKeys,
    );
    const { workflowId } = await stage.client.start({
      userId,
      operation: { kind: 'create', institutionId: 'AU00000', credentials },
    });
    expect(await end(workflowId)).toBe('sealed-secret-unreadable');
  });

  test('in requests that the client refuses', async () => {
    const secrets = person('misplaced');
    const userId = await stage.newUser();
    const misplaced = { ...linking(userId, 'AU00000'), [secrets.password]: secrets.loginId };
    expect(await refusal(stage.client.start(misplaced))).toMatchObject({ name: 'InvalidRequestError' });
    const tooLong = { ...credentialsOf(secrets), password: secrets.password.repeat(100) };
    expect(
      await refusal(stage.client.start(linking(userId, 'AU00000', { credentials: tooLong }))),
    ).toMatchObject({ name: 'InvalidRequestError' });
  });

  test('stand nowhere: not in histories, descriptions, lists, errors, nor in the log of the worker', async () => {
    for await (const attempt of stage.client.list()) evidence.add(attempt);
    for await (const { raw } of world.temporal.workflow.list()) evidence.add(raw);
    await worker.stop();
    const log = worker.output();
    expect(log).toContain('Basiq call');
    evidence.add(log, world.server.output());
    for (const [index, token] of [...basiq.authorizations].entries())
      evidence.secrets[`token ${index}`] = token;

    expect(Object.keys(evidence.secrets).length).toBeGreaterThan(50);
    expect(evidence.length).toBeGreaterThan(100_000);
    expect(evidence.found()).toEqual([]);
  });
});

describe('the search for secrets', () => {
  test('finds those of an attempt in plain text, and in each shape', async () => {
    const secrets = canary('plain');
    const open = await world.stage({
      sealing: 'send-plain-text',
      workerEnv: { ALLOW_PLAIN_SECRETS: 'true' },
    });
    await open.startWorker();
    const userId = await open.newUser();
    const request = linking(userId, 'AU00000', { credentials: credentialsOf(secrets) });
    const { workflowId } = await open.client.start(request);
    expect(workflowId).toBe(attemptWorkflowId(userId, { kind: 'create', institutionId: 'AU00000' }));
    await expect(open.client.result(workflowId)).rejects.toMatchObject({ code: 'invalid-credentials' });

    const credentials = { ...credentialsOf(secrets) };
    const { temporal } = world;
    const history = await temporal.workflow.getHandle(workflowId).fetchHistory();
    const exported = await asExported(world, 'show', workflowId);
    expect(exported).not.toContain(secrets.loginId);
    expect(secretsIn(exported, credentials)).toEqual(Object.keys(credentials));
    expect(secretsIn(asText(history), credentials)).toEqual(Object.keys(credentials));

    const { password } = secrets;
    for (const before of ['', 'x', 'xy', 'xyz']) {
      for (const after of ['', '1', '12']) {
        const bytes = Buffer.from(before + password + after);
        expect(secretsIn(bytes.toString('base64'), { password })).toEqual(['password']);
        expect(secretsIn(bytes.toString('base64url'), { password })).toEqual(['password']);
      }
    }
    expect(secretsIn(encodeURIComponent(`a=${password}`), { password })).toEqual(['password']);
    expect(secretsIn(JSON.stringify({ a: password }), { password })).toEqual(['password']);
    expect(shapesOf(password).every((shape) => shape.length >= password.length - 1)).toBe(true);
  });
});
