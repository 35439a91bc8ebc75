import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './tools-scratch';

/**
 * What can be said of these files by their text. Whether Compose and BuildKit accept them is checked with their own
 * parsers when they change.
 */
const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8');
const compose = read('docker-compose.yml');
const dockerfile = read('Dockerfile');
const example = read('.env.example');
const manual = read('docs/compose.md');

/** The text of each service, by name. */
const services = new Map(
  (/^services:\n([^]*?)^\w/m.exec(compose)?.[1] ?? '').split(/^(?= {2}[\w-]+:$)/m).flatMap((block) => {
    const name = /^ {2}([\w-]+):$/m.exec(block)?.[1];
    return name === undefined ? [] : [[name, withoutComments(block)] as const];
  }),
);

function withoutComments(text: string): string {
  return text.replace(/^\s*#.*\n/gm, '');
}

function service(name: string): string {
  const text = services.get(name);
  if (text === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return text;
}

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');
const sortedSet = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** The variables that the worker's configuration knows. */
const workerVariables = matches(read('src/config.ts'), /^ {2}([A-Z][A-Z0-9_]+):/gm);
const exampleVariables = matches(example, /^(?:# )?([A-Z][A-Z0-9_]+)=/gm);

test('the services are those of the production shape, and the sandbox is in a profile of its own', () => {
  expect([...services.keys()]).toEqual([
    'postgresql',
    'temporal-schema',
    'temporal',
    'temporal-namespace',
    'temporal-search-attributes',
    'temporal-ui',
    'worker',
    'sandbox',
  ]);
  const inProfiles = [...services].filter(([, text]) => text.includes('profiles:')).map(([name]) => name);
  expect(inProfiles).toEqual(['sandbox']);
});

test('each image is pinned to a full version, and the manual names it', () => {
  const images = sortedSet(matches(compose, /^ +image: (\S+)$/gm)).filter((image) => !/:local$/.test(image));
  images.push(...matches(dockerfile, /^ARG NODE_IMAGE=(\S+)$/gm));
  expect(images.map((image) => image.split(':')[0])).toEqual([
    'postgres',
    'temporalio/admin-tools',
    'temporalio/server',
    'temporalio/ui',
    'node',
  ]);
  for (const image of images) {
    const [name = '', tag = ''] = image.split(':');
    const version = /^\d+\.\d+(\.\d+)?/.exec(tag)?.[0];
    expect(version).toBeDefined();
    expect(manual).toMatch(new RegExp(`\`${name}\`[^\n]*\\| ${version ?? ''}\\b`));
  }
  expect(compose).not.toContain('auto-setup');
  expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:24\./m);
  expect(matches(dockerfile, /^FROM (\S+)/gm)).toEqual(Array(3).fill('${NODE_IMAGE}'));
});

test("the schema's tools are of the server's version", () => {
  const version = /server:(\S+)/.exec(service('temporal'))?.[1];
  expect(version).toBeDefined();
  for (const name of ['temporal-schema', 'temporal-namespace']) {
    expect(service(name)).toContain(`image: temporalio/admin-tools:${version ?? ''}\n`);
  }
});

test('nothing but the frontend and the UI is published, and on loopback', () => {
  const published = [...services].flatMap(([name, text]) =>
    matches(text, /^ {4}ports:\n((?: {6}- .*\n)+)/gm).map((ports) => [name, ports.trim()]),
  );
  expect(published).toEqual([
    ['temporal', '- 127.0.0.1:${FRONTEND_PORT:-7233}:7233'],
    ['temporal-ui', '- 127.0.0.1:${UI_PORT:-8080}:8080'],
  ]);
  expect(compose).not.toContain('network_mode');
});

test('what serves has a health check, and what must wait waits for it', () => {
  for (const name of ['postgresql', 'temporal', 'temporal-ui', 'sandbox']) {
    expect(service(name)).toContain('    healthcheck:\n      test:');
  }
  expect(dockerfile).toMatch(/^HEALTHCHECK [^]*CMD \["node", "-e", "fetch\(.*\/readyz/m);
  const waits = [...services].flatMap(([name, text]) =>
    [...text.matchAll(/^ {6}([\w-]+):\n {8}condition: (\w+)$/gm)].map(
      ([, of = '', condition = '']) => `${name}: ${of} ${condition}`,
    ),
  );
  expect(waits).toEqual([
    'temporal-schema: postgresql service_healthy',
    'temporal: postgresql service_healthy',
    'temporal: temporal-schema service_completed_successfully',
    'temporal-namespace: temporal service_healthy',
    'temporal-search-attributes: temporal-namespace service_completed_successfully',
    'temporal-ui: temporal service_healthy',
    'worker: temporal service_healthy',
    'worker: temporal-search-attributes service_completed_successfully',
  ]);
});

test('all but PostgreSQL are locked down, and the worker is not root', () => {
  const open = [...services].filter(([, text]) => !text.includes('<<: *locked-down')).map(([name]) => name);
  expect(open).toEqual(['postgresql']);
  expect(compose).toMatch(/&locked-down\n {2}read_only: true\n[^]*?cap_drop:\n {4}- ALL\n/);
  expect(dockerfile.split(/^FROM /m).at(-1)).toMatch(/^USER node$/m);
  expect(service('worker')).toContain('user: ${WORKER_USER:-1000:1000}');
});

test("each of the worker's variables reaches it, and nothing else of .env does", () => {
  const given = matches(service('worker'), /^ {6}([A-Z][A-Z0-9_]+):/gm);
  expect(workerVariables).toContain('BASIQ_API_KEY');
  expect(sortedSet(given)).toEqual(sortedSet(workerVariables));
  expect(compose).not.toContain('env_file');
});

test('.env.example names just the variables that the compose file reads', () => {
  const readByCompose = matches(withoutComments(compose), /\$\{([A-Z][A-Z0-9_]+)/g);
  expect(sortedSet(exampleVariables)).toEqual(sortedSet([...readByCompose, 'COMPOSE_PROFILES']));
});

test('no secret has a default, and .env stays out of git and of the build', () => {
  for (const secret of ['POSTGRES_PASSWORD', 'BASIQ_API_KEY']) {
    expect(example).toMatch(new RegExp(`^${secret}=$`, 'm'));
    const uses = matches(compose, new RegExp(`(\\$\\{${secret}[^}]*\\})`, 'g'));
    expect(uses.length).toBeGreaterThan(1);
    for (const use of uses) expect(use).toMatch(/:\?/);
  }
  expect(read('.gitignore').split('\n')).toEqual(expect.arrayContaining(['.env', 'keys/']));
  expect(read('.dockerignore')).toMatch(/^(#.*\n)*\*\n/);
});

test('what is copied and mounted is there, and is let into the build', () => {
  const mounted = matches(compose, /^ +- \.\/([^:]+):/gm);
  expect(mounted).toHaveLength(3);
  const copied = matches(dockerfile, /^COPY (?!--from)(.+) \S+$/gm).flatMap((files) => files.split(' '));
  expect(copied.length).toBeGreaterThan(5);
  for (const file of [...mounted, ...copied]) {
    expect([file, existsSync(path.join(projectRoot, file))]).toEqual([file, true]);
  }
  const letIn = matches(read('.dockerignore'), /^!(.+)$/gm);
  expect(sortedSet(letIn)).toEqual(sortedSet(copied));
});

test.each(['docker/temporal-schema.sh', 'docker/temporal-namespace.sh'])('%s is a shell script', (file) => {
  expect(() => execFileSync('sh', ['-n', path.join(projectRoot, file)], { stdio: 'pipe' })).not.toThrow();
  expect(read(file)).toMatch(/^set -eu$/m);
});
