import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { inScratch, runNode, writeExecutable, type Finished } from './tools-scratch';

const printsVersion = `console.log('temporal version 9.9.9 (Server 9.9.9, UI 9.9.9)')`;
const cacheName = `cli-1.5.1-${process.platform}-${process.arch}`;

/** A machine with nothing on it, and a network where Temporal's downloads are at `downloads`, or nowhere. */
class Machine {
  readonly bin: string;
  readonly cache: string;
  private readonly network: string;

  constructor(folder: string, downloads: string | null = null) {
    this.bin = path.join(folder, 'bin');
    this.cache = path.join(folder, 'cache');
    mkdirSync(this.bin);
    this.network = path.join(folder, 'network.mjs');
    writeFileSync(
      this.network,
      `const real = globalThis.fetch;
       globalThis.fetch = (url, init) => {
         const downloads = ${JSON.stringify(downloads)};
         if (downloads === null) return Promise.reject(new Error('unreachable'));
         return real(String(url).replace('https://temporal.download', downloads), init);
       };`,
    );
  }

  put(name: string, body: string): string {
    return writeExecutable(path.join(this.bin, name), body);
  }

  /** Go, as far as this project uses it: it notes each call and puts a CLI where GOBIN says. */
  putGo(milliseconds: number): string {
    const calls = path.join(this.bin, 'go-calls');
    this.put(
      'go',
      `const fs = require('node:fs');
       if (process.argv[2] === 'version') process.exit(0);
       fs.appendFileSync(${JSON.stringify(calls)}, process.argv.slice(2).join(' ') + '\\n');
       setTimeout(() => {
         fs.writeFileSync(process.env.GOBIN + '/temporal', '#!' + process.execPath + '\\n' + ${JSON.stringify(printsVersion)}, { mode: 0o755 });
       }, ${milliseconds});`,
    );
    return calls;
  }

  find(
    server: 'cli' | 'test-server' | 'server' | 'ui',
    env: Readonly<Record<string, string>> = {},
  ): Promise<Finished> {
    return runNode(['tools/find-temporal-server.mjs', server], {
      PATH: this.bin,
      XDG_CACHE_HOME: this.cache,
      NODE_OPTIONS: `--import file://${this.network}`,
      ...env,
    });
  }
}

describe('where the Temporal servers come from', () => {
  it('an environment variable is first, and must name an executable', async () => {
    await inScratch(async (folder) => {
      const machine = new Machine(folder);
      machine.put('temporal', printsVersion);
      const own = writeExecutable(path.join(folder, 'own', 'temporal'), '');
      expect(await machine.find('cli', { TEMPORAL_CLI_PATH: own })).toEqual({
        code: 0,
        stdout: `${own}\n`,
        stderr: '',
      });
      expect((await machine.find('test-server', { TEMPORAL_TEST_SERVER_PATH: own })).stdout).toBe(`${own}\n`);

      const plain = path.join(folder, 'plain');
      writeFileSync(plain, '');
      for (const wrong of [plain, folder, path.join(folder, 'missing')]) {
        const refused = await machine.find('cli', { TEMPORAL_CLI_PATH: wrong });
        expect(refused).toMatchObject({ code: 1, stdout: '' });
        expect(refused.stderr).toContain('TEMPORAL_CLI_PATH');
        expect(refused.stderr).toContain(wrong);
      }
    });
  });

  it('then the CLI on PATH, when it works, then the cache folder', async () => {
    await inScratch(async (folder) => {
      const machine = new Machine(folder);
      const cached = writeExecutable(
        path.join(machine.cache, 'basiq-connections', cacheName, 'temporal'),
        printsVersion,
      );
      expect(await machine.find('cli')).toEqual({ code: 0, stdout: `${cached}\n`, stderr: '' });

      const onPath = machine.put('temporal', printsVersion);
      expect(await machine.find('cli')).toEqual({ code: 0, stdout: `${onPath}\n`, stderr: '' });

      machine.put('temporal', `console.log('something else of this name')`);
      const passedOver = await machine.find('cli');
      expect(passedOver.stdout).toBe(`${cached}\n`);
      expect(passedOver.stderr).toContain(`${onPath} is on PATH and does not work`);
    });
  });

  it('with nothing there, it says all the ways out', async () => {
    await inScratch(async (folder) => {
      const machine = new Machine(folder);
      const cli = await machine.find('cli');
      expect(cli).toMatchObject({ code: 1, stdout: '' });
      for (const way of [
        'TEMPORAL_CLI_PATH',
        'TEMPORAL_TEST_SERVER_PATH',
        'PATH',
        'temporal.download',
        'Go',
      ]) {
        expect(cli.stderr).toContain(way);
      }
      const testServer = await machine.find('test-server');
      expect(testServer).toMatchObject({ code: 1, stdout: '' });
      for (const way of [
        'TEMPORAL_CLI_PATH',
        'TEMPORAL_TEST_SERVER_PATH',
        'temporal.download',
        'Java and Maven',
      ]) {
        expect(testServer.stderr).toContain(way);
      }
      expect(readdirSync(path.join(machine.cache, 'basiq-connections'))).toEqual([]);
    });
  });

  it('a failed build shows its reason and leaves nothing behind', async () => {
    await inScratch(async (folder) => {
      const machine = new Machine(folder);
      machine.put(
        'go',
        `if (process.argv[2] !== 'version') { console.error('no such module'); process.exit(1); }`,
      );
      const failed = await machine.find('cli');
      expect(failed).toMatchObject({ code: 1, stdout: '' });
      expect(failed.stderr).toMatch(
        /Building the Temporal CLI with Go[^]*go install failed:\n {2}no such module/,
      );
      expect(failed.stderr).toContain('TEMPORAL_CLI_PATH');
      expect(readdirSync(path.join(machine.cache, 'basiq-connections'))).toEqual([]);
    });
  });

  it('two set-ups at once build once; a third finds it', async () => {
    await inScratch(async (folder) => {
      const machine = new Machine(folder);
      const calls = machine.putGo(1000);
      const both = await Promise.all([machine.find('cli'), machine.find('cli')]);
      const built = path.join(machine.cache, 'basiq-connections', cacheName, 'temporal');
      expect(both.map(({ stdout }) => stdout)).toEqual([`${built}\n`, `${built}\n`]);
      const said = both.map(({ stderr }) => stderr).sort();
      expect(said[0]).toMatch(/^Building the Temporal CLI with Go/);
      expect(said[1]).toMatch(/^Waiting for another set-up \(process \d+ on .*\): the Temporal CLI …\n$/);

      expect(await machine.find('cli')).toEqual({ code: 0, stdout: `${built}\n`, stderr: '' });
      expect(readFileSync(calls, 'utf8')).toBe('install github.com/temporalio/cli/cmd/temporal@v1.5.1\n');
      expect(readdirSync(path.join(machine.cache, 'basiq-connections'))).toEqual([cacheName]);
    });
  });

  it.each([
    ['a dead process', { pid: 2 ** 22 + 1, host: os.hostname() }, 0],
    ['another machine that has been silent', { pid: process.pid, host: 'elsewhere' }, 120],
    ['a reused pid that has been silent', { pid: process.pid, host: os.hostname() }, 120],
  ])('takes over the lock of %s', async (_owner, owner, silentSeconds) => {
    await inScratch(async (folder) => {
      const machine = new Machine(folder);
      machine.putGo(0);
      const lock = path.join(machine.cache, 'basiq-connections', `${cacheName}.lock`);
      mkdirSync(path.dirname(lock), { recursive: true });
      writeFileSync(lock, JSON.stringify(owner));
      const since = new Date(Date.now() - silentSeconds * 1000);
      utimesSync(lock, since, since);
      // A build that was cut off is no obstacle either.
      mkdirSync(path.join(machine.cache, 'basiq-connections', `${cacheName}.unfinished`));

      const found = await machine.find('cli');
      expect(found.code).toBe(0);
      expect(found.stderr).not.toContain('Waiting');
      expect(readdirSync(path.join(machine.cache, 'basiq-connections'))).toEqual([cacheName]);
    });
  });
});

describe("the cluster's programs", () => {
  it('are built from their Go modules, at the version that they must be, whatever is on PATH', async () => {
    await inScratch(async (folder) => {
      const machine = new Machine(folder);
      machine.put('temporal-server', `console.log('temporal version 1.0.0')`);
      const calls = path.join(folder, 'go-calls');
      // Go names a program after the last part of its module.
      machine.put(
        'go',
        `const fs = require('node:fs');
         if (process.argv[2] === 'version') process.exit(0);
         fs.appendFileSync(${JSON.stringify(calls)}, process.argv.slice(2).join(' ') + '\\n');
         const version = process.argv[3].split('@v')[1];
         fs.writeFileSync(process.env.GOBIN + '/server', '#!' + process.execPath + '\\nconsole.log("version ' + version + '")', { mode: 0o755 });`,
      );
      for (const [program, name] of [
        ['server', 'temporal-server'],
        ['ui', 'temporal-ui-server'],
      ] as const) {
        const found = await machine.find(program);
        expect(found.code).toBe(0);
        const cached = path.join(machine.cache, 'basiq-connections');
        expect(found.stdout).toMatch(
          new RegExp(`^${cached}/${name}-\\d+\\.\\d+\\.\\d+-${process.platform}-${process.arch}/${name}\n$`),
        );
        expect((await machine.find(program)).stderr).toBe('');
      }
      expect(readFileSync(calls, 'utf8')).toMatch(
        /^install go\.temporal\.io\/server\/cmd\/server@v[\d.]+\ninstall github\.com\/temporalio\/ui-server\/v2\/cmd\/server@v[\d.]+\n$/,
      );
    });
  });

  it('without Go, it names the version that is needed, and the variable', async () => {
    await inScratch(async (folder) => {
      const { code, stderr } = await new Machine(folder).find('server');
      expect(code).toBe(1);
      expect(stderr).toContain('Go 1.26');
      expect(stderr).toContain('TEMPORAL_SERVER_PATH=/path/to/temporal-server');
      expect(stderr).not.toContain('temporal.download');
    });
  });
});

describe("Temporal's download", () => {
  const asked: string[] = [];
  let server: Server;
  let address: string;
  let archive: Buffer;

  beforeAll(async () => {
    await inScratch((folder) => {
      writeExecutable(path.join(folder, 'inside', 'temporal'), printsVersion);
      archive = execFileSync('tar', ['-czf', '-', '-C', folder, 'inside'], { maxBuffer: 1 << 20 });
      return Promise.resolve();
    });
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url?.startsWith('/archive') === true) response.end(archive);
      else if (request.url?.startsWith('/cli/') === true)
        response.end(
          JSON.stringify({ archiveUrl: `${address}/archive.tar.gz`, fileToExtract: 'inside/temporal' }),
        );
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('no port');
    address = `http://127.0.0.1:${bound.port}`;
  });
  beforeEach(() => asked.splice(0));
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** tar needs gzip beside it. */
  const putTar = (machine: Machine): void => {
    for (const name of ['tar', 'gzip']) {
      const real = ['/usr/bin', '/bin', '/usr/local/bin'].map((bin) => path.join(bin, name)).find(existsSync);
      symlinkSync(real!, path.join(machine.bin, name));
    }
  };

  it('comes before a build, and once', async () => {
    await inScratch(async (folder) => {
      const machine = new Machine(folder, address);
      putTar(machine);
      const calls = machine.putGo(0);
      const found = await machine.find('cli');
      const executable = path.join(machine.cache, 'basiq-connections', cacheName, 'temporal');
      expect(found).toEqual({
        code: 0,
        stdout: `${executable}\n`,
        stderr: 'Downloading the Temporal CLI 1.5.1 …\n',
      });
      expect(execFileSync(executable, { encoding: 'utf8' })).toContain('9.9.9');
      expect(asked[0]).toMatch(/^\/cli\/v1\.5\.1\?arch=\w+&platform=\w+$/);
      expect(readdirSync(path.dirname(executable))).toEqual(['temporal']);

      expect((await machine.find('cli')).stderr).toBe('');
      expect(asked).toHaveLength(2);
      expect(existsSync(calls)).toBe(false);
    });
  });

  it('gives way to a build when it brings what does not run here', async () => {
    await inScratch(async (folder) => {
      const machine = new Machine(folder, address);
      const calls = machine.putGo(0);
      // Without tar the archive cannot be unpacked.
      const found = await machine.find('cli');
      expect(found.code).toBe(0);
      expect(found.stderr).toMatch(/^Downloading the Temporal CLI[^]*Building the Temporal CLI/);
      expect(existsSync(calls)).toBe(true);
    });
  });

  it('is passed over when it has nothing for this machine', async () => {
    await inScratch(async (folder) => {
      const failed = await new Machine(folder, address).find('test-server');
      expect(failed.code).toBe(1);
      expect(failed.stderr).not.toContain('Downloading');
      expect(asked).toEqual([expect.stringMatching(/^\/temporal-test-server\/v1\.35\.0\?/)]);
    });
  });
});
