import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inScratch, projectRoot, runNode, writeExecutable, type Finished } from './tools-scratch';

/** A machine whose PATH is `bin`, and that keeps Debian's versions of PostgreSQL in `debian`. */
class Machine {
  readonly bin: string;
  readonly debian: string;
  readonly calls: string;

  constructor(folder: string) {
    this.bin = path.join(folder, 'bin');
    this.debian = path.join(folder, 'debian');
    this.calls = path.join(folder, 'apt-get-calls');
  }

  putPrograms(folder: string): void {
    for (const name of ['postgres', 'initdb']) writeExecutable(path.join(folder, name), '');
  }

  /** As far as this project uses it. `installs`: the how manieth call puts the programs there. */
  putAptGet(installs: number): void {
    writeExecutable(
      path.join(this.bin, 'apt-get'),
      `const fs = require('node:fs');
       if (process.argv[2] === '--version') process.exit(0);
       fs.appendFileSync(${JSON.stringify(this.calls)}, process.argv.slice(4).join(' ') + '\\n');
       const calls = fs.readFileSync(${JSON.stringify(this.calls)}, 'utf8').trim().split('\\n').length;
       if (calls !== ${installs}) { console.error('E: no such package'); process.exit(process.argv[4] === 'update' ? 0 : 100); }
       fs.mkdirSync(${JSON.stringify(path.join(this.debian, '15', 'bin'))}, { recursive: true });
       for (const name of ['postgres', 'initdb']) fs.writeFileSync(${JSON.stringify(path.join(this.debian, '15', 'bin'))} + '/' + name, '', { mode: 0o755 });`,
    );
  }

  /** `uid`: who one is there. */
  find(uid = 0): Promise<Finished> {
    const program = `
      import { findPostgresql } from ${JSON.stringify(path.join(projectRoot, 'tools', 'find-postgresql.mjs'))};
      process.getuid = () => ${uid};
      try { console.log(await findPostgresql(${JSON.stringify(this.debian)})); }
      catch (error) { console.error(error.message); process.exitCode = 1; }`;
    return runNode(['--input-type=module', '--eval', program], { PATH: this.bin });
  }
}

const inMachine = (work: (machine: Machine) => Promise<void>): Promise<void> =>
  inScratch((folder) => work(new Machine(folder)));

describe('where PostgreSQL comes from', () => {
  it('a folder on PATH with both programs is first', () =>
    inMachine(async (machine) => {
      machine.putPrograms(path.join(machine.debian, '16', 'bin'));
      writeExecutable(path.join(machine.bin, 'postgres'), '');
      expect((await machine.find()).stdout).toBe(`${path.join(machine.debian, '16', 'bin')}\n`);
      machine.putPrograms(machine.bin);
      expect(await machine.find()).toEqual({ code: 0, stdout: `${machine.bin}\n`, stderr: '' });
    }));

  it("then the newest of Debian's", () =>
    inMachine(async (machine) => {
      for (const version of ['9', '15', '16']) machine.putPrograms(path.join(machine.debian, version, 'bin'));
      expect((await machine.find()).stdout).toBe(`${path.join(machine.debian, '16', 'bin')}\n`);
    }));

  it("then Debian's package, when root may install it; with a new list of packages if need be", () =>
    inMachine(async (machine) => {
      machine.putAptGet(3);
      const found = await machine.find();
      expect(found).toMatchObject({ code: 0, stdout: `${path.join(machine.debian, '15', 'bin')}\n` });
      expect(found.stderr).toContain('Installing PostgreSQL');
      const install = 'install --yes --no-install-recommends postgresql\n';
      expect(readFileSync(machine.calls, 'utf8')).toBe(`${install}update\n${install}`);
    }));

  it('else it says what to do', () =>
    inMachine(async (machine) => {
      const none = await machine.find();
      expect(none).toMatchObject({ code: 1, stdout: '' });
      expect(none.stderr).toContain('there is no apt-get');

      machine.putAptGet(99);
      const notRoot = await machine.find(1000);
      expect(notRoot.code).toBe(1);
      expect(notRoot.stderr).toContain('only root may install it');
      expect(notRoot.stderr).toContain('sudo apt-get install --yes --no-install-recommends postgresql');
      expect(existsSync(machine.calls)).toBe(false);

      const failed = await machine.find();
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain('apt-get failed:\n  E: no such package');
    }));
});
