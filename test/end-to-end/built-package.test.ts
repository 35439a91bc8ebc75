import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describeEnd, startChild } from '../../tools/child-process';

/** What a back-end gets: the package as npm packs it, beside the dependencies that npm would install for it. */
const root = path.join(__dirname, '..', '..');
const modules = path.join(root, 'node_modules');
let backEnd: string;

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const child = await startChild({ name: path.basename(args[0] ?? command), command, args, cwd });
  const end = await child.ended;
  if (end.kind !== 'exited' || end.code !== 0) throw new Error(`${describeEnd(end)}\n${child.output()}`);
  return child.output();
}

beforeAll(async () => {
  backEnd = await mkdtemp(path.join(os.tmpdir(), 'basiq-connections-'));
  // Without scripts: what is packed is the build that is there.
  await run('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', backEnd], root);
  const [packed] = (await readdir(backEnd)).filter((name) => name.endsWith('.tgz'));
  const installed = path.join(backEnd, 'node_modules', 'basiq-connections');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', path.join(backEnd, packed!), '-C', installed, '--strip-components=1'], backEnd);
  for (const dependency of ['@temporalio', '@types', 'jose', 'zod']) {
    await symlink(path.join(modules, dependency), path.join(backEnd, 'node_modules', dependency));
  }
}, 120_000);
afterAll(() => rm(backEnd, { recursive: true, force: true }));

const source = `
import { Client, Connection } from '@temporalio/client';
import { AttemptFailedError, ConnectionsClient, PublicKeySet, type AttemptProgress } from 'basiq-connections';
import { ERROR_TABLE, WORKFLOW_TYPE, type AttemptInput } from 'basiq-connections/contract';

export async function link(address: string, keys: unknown, userId: string): Promise<string | null> {
  const temporal = new Client({ connection: await Connection.connect({ address }) });
  const client = new ConnectionsClient({ temporal, sealing: PublicKeySet.parse(keys) });
  const request: AttemptInput = {
    userId,
    operation: { kind: 'create', institutionId: 'AU00000', credentials: { loginId: 'a', password: 'b' } },
  };
  const { workflowId } = await client.start(request);
  for await (const progress of client.watch(workflowId)) show(progress);
  try {
    return (await client.result(workflowId)).connectionId;
  } catch (error) {
    if (error instanceof AttemptFailedError) return error.failure.remedy;
    throw error;
  }
}

function show({ phase, challenge }: AttemptProgress): void {
  if (phase === 'awaiting-mfa') console.log(challenge?.prompts);
  // @ts-expect-error no such phase: the types are really read
  if (phase === 'lost') console.log(WORKFLOW_TYPE, ERROR_TABLE);
}

console.log(WORKFLOW_TYPE, typeof ConnectionsClient, Object.keys(ERROR_TABLE).length > 20);
`;

test('a TypeScript back-end imports the client and the contract with their types, and runs', async () => {
  const compilerOptions = {
    target: 'es2022',
    module: 'node20',
    strict: true,
    // Temporal's own declarations do not pass.
    skipLibCheck: true,
    types: ['node'],
    outDir: 'built',
  };
  await writeFile(path.join(backEnd, 'package.json'), '{"name":"back-end","private":true}');
  await writeFile(
    path.join(backEnd, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['link.ts'] }),
  );
  await writeFile(path.join(backEnd, 'link.ts'), source);
  await run(process.execPath, [path.join(modules, 'typescript', 'bin', 'tsc'), '-p', backEnd], backEnd);
  expect(await run(process.execPath, ['built/link.js'], backEnd)).toBe('connectionAttempt function true');
}, 180_000);

test('the package has the bundle of the workflows, and nothing of its inside is importable', async () => {
  const script = `
    const bundle = require.resolve('basiq-connections/workflow-bundle');
    console.log(require('node:fs').readFileSync(bundle, 'utf8').includes('connectionAttempt'));
    console.log(require('basiq-connections/package.json').name);
    for (const inside of ['basiq-connections/dist/worker.js', 'basiq-connections/activities', 'basiq-connections/src'])
      try { require(inside); console.log('imported', inside); } catch (error) { console.log(error.code); }
  `;
  await writeFile(path.join(backEnd, 'resolve.cjs'), script);
  const output = await run(process.execPath, ['resolve.cjs'], backEnd);
  expect(output.split('\n')).toEqual([
    'true',
    'basiq-connections',
    ...Array.from({ length: 3 }, () => 'ERR_PACKAGE_PATH_NOT_EXPORTED'),
  ]);
});

test('an ES module back-end can import it too', async () => {
  await writeFile(
    path.join(backEnd, 'import.mjs'),
    `import { ConnectionsClient, attemptWorkflowId } from 'basiq-connections';
     console.log(typeof ConnectionsClient, attemptWorkflowId('u', { kind: 'adopt', jobId: 'j' }));`,
  );
  expect(await run(process.execPath, ['import.mjs'], backEnd)).toBe('function job:j');
});
