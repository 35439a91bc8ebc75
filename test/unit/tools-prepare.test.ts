import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { inScratch, projectRoot, runNode, type Finished } from './tools-scratch';

const tool = (folder: string, ...args: string[]): Promise<Finished> =>
  runNode(args, { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' }, folder);
const prepare = (folder: string, ...what: string[]): Promise<Finished> =>
  tool(folder, 'tools/prepare.mjs', ...what);

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};

/** A project whose only dependency lies beside it, so that npm needs no network. */
function writeProject(folder: string, version: string): void {
  cpSync(path.join(projectRoot, 'tools'), path.join(folder, 'tools'), { recursive: true });
  write(path.join(folder, 'near', 'package.json'), JSON.stringify({ name: 'near', version }));
  write(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'x', version: '1.0.0', dependencies: { near: 'file:near' } }),
  );
  write(
    path.join(folder, 'package-lock.json'),
    JSON.stringify({
      name: 'x',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: {
        '': { name: 'x', version: '1.0.0', dependencies: { near: 'file:near' } },
        near: { version },
        'node_modules/near': { resolved: 'near', link: true },
      },
    }),
  );
}

describe('prepare dependencies', () => {
  it('installs when nothing is there or the lockfile has changed, and only then', async () => {
    await inScratch(async (folder) => {
      writeProject(folder, '1.0.0');
      const first = await prepare(folder, 'dependencies');
      expect(first).toEqual({ code: 0, stdout: '', stderr: expect.stringContaining('npm ci') as string });
      expect(existsSync(path.join(folder, 'node_modules', 'near', 'package.json'))).toBe(true);
      expect(await prepare(folder, 'dependencies')).toEqual({ code: 0, stdout: '', stderr: '' });

      writeProject(folder, '1.0.1');
      expect((await prepare(folder, 'dependencies')).stderr).toContain('npm ci');
      expect((await prepare(folder, 'dependencies')).stderr).toBe('');

      // As after `npm install` by hand: all is there, without our note of it.
      rmSync(path.join(folder, 'node_modules', '.package-lock.sha256'));
      expect((await prepare(folder, 'dependencies')).stderr).toBe('');

      // As after an npm that was cut off: neither our note nor npm's.
      rmSync(path.join(folder, 'node_modules', '.package-lock.sha256'));
      rmSync(path.join(folder, 'node_modules', '.package-lock.json'));
      expect((await prepare(folder, 'dependencies')).stderr).toContain('npm ci');
    });
  });

  it('installs once for two set-ups at once', async () => {
    await inScratch(async (folder) => {
      writeProject(folder, '1.0.0');
      const both = await Promise.all([prepare(folder, 'dependencies'), prepare(folder, 'dependencies')]);
      expect(both.map(({ code }) => code)).toEqual([0, 0]);
      expect(both.filter(({ stderr }) => stderr.includes('Installing'))).toHaveLength(1);
    });
  });

  it("fails with npm's own words", async () => {
    await inScratch(async (folder) => {
      writeProject(folder, '1.0.0');
      write(
        path.join(folder, 'package.json'),
        JSON.stringify({ dependencies: { near: 'file:near', far: '1.0.0' } }),
      );
      const failed = await prepare(folder, 'dependencies');
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(/npm ci failed:[^]*far@1\.0\.0/);
    });
  });

  it.each([
    ['18.20.0', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['21.7.0', false],
    ['22.11.0', false],
    ['22.12.0', true],
    ['24.0.0', true],
  ])('Node %s: good is %s', async (version, good) => {
    const { code, stderr } = await tool(
      projectRoot,
      '--input-type=module',
      '-e',
      `const { assertNodeVersion } = await import('./tools/set-up/dependencies.mjs');
       try { assertNodeVersion('${version}'); } catch (error) { console.error(error.message); process.exitCode = 1; }`,
    );
    expect({ code, stderr }).toEqual(
      good
        ? { code: 0, stderr: '' }
        : { code: 1, stderr: expect.stringContaining(`Node ${version}`) as string },
    );
  });

  it('names what it knows when asked for something else', async () => {
    const { code, stderr } = await prepare(projectRoot, 'dependencies', 'everything');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'usage: node tools/prepare.mjs [dependencies] [build] [temporal-cli] [test-server]',
    );
  });
});

describe('prepare build', () => {
  const BUNDLES = ['workflow-bundle.js', 'workflow-bundle-traced.js'];
  const writeSources = (folder: string): void => {
    for (const file of [
      'tools',
      'tsconfig.json',
      'tsconfig.build.json',
      'package.json',
      'package-lock.json',
    ]) {
      cpSync(path.join(projectRoot, file), path.join(folder, file), { recursive: true });
    }
    symlinkSync(path.join(projectRoot, 'node_modules'), path.join(folder, 'node_modules'));
    write(path.join(folder, 'src', 'workflows', 'index.ts'), `export { hello } from './hello';\n`);
    write(
      path.join(folder, 'src', 'workflows', 'hello.ts'),
      `export async function hello(): Promise<string> {\n  return Promise.resolve('a greeting');\n}\n`,
    );
    write(path.join(folder, 'src', 'workflows', 'preloaded.ts'), 'export {};\n');
    for (const module of ['workflows/keep-to-history.ts', 'telemetry/workflow-tracing.ts']) {
      write(path.join(folder, 'src', module), 'export const interceptors = () => ({});\n');
    }
    write(path.join(folder, 'src', 'extra.ts'), 'export const extra = 1;\n');
  };

  it('builds what has changed, once, whole, and keeps the old build when the new one fails', async () => {
    await inScratch(async (folder) => {
      writeSources(folder);
      const dist = path.join(folder, 'dist');
      const both = await Promise.all([prepare(folder, 'build'), prepare(folder, 'build')]);
      expect(both.map(({ code }) => code)).toEqual([0, 0]);
      expect(both.filter(({ stderr }) => stderr.includes('Building …'))).toHaveLength(1);
      expect(readdirSync(dist).sort()).toEqual(
        [
          '.sources.sha256',
          'extra.d.ts',
          'extra.js',
          'extra.js.map',
          'telemetry',
          ...BUNDLES,
          'workflows',
        ].sort(),
      );
      for (const bundle of BUNDLES) {
        expect(readFileSync(path.join(dist, bundle), 'utf8')).toContain('a greeting');
      }
      expect(JSON.parse(readFileSync(path.join(dist, 'extra.js.map'), 'utf8'))).toMatchObject({
        sources: ['../src/extra.ts'],
      });
      expect(await prepare(folder, 'build')).toEqual({ code: 0, stdout: '', stderr: '' });

      write(path.join(folder, 'src', 'extra.ts'), `export const extra: string = 1;\n`);
      const failed = await prepare(folder, 'build');
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(/The compiler failed:[^]*src\/extra\.ts/);
      expect(readFileSync(path.join(dist, 'extra.js'), 'utf8')).toContain('exports.extra = 1');
      expect(existsSync(path.join(folder, 'dist.new'))).toBe(false);

      rmSync(path.join(folder, 'src', 'extra.ts'));
      expect((await prepare(folder, 'build')).code).toBe(0);
      expect(readdirSync(dist).sort()).toEqual(
        ['.sources.sha256', 'telemetry', ...BUNDLES, 'workflows'].sort(),
      );
      expect((await prepare(folder, 'build', '--force')).stderr).toContain('Building …');
    });
  });
});
