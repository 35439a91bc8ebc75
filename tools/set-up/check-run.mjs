import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { countTests } from './jest-count.mjs';

/** Checks one after the other, whether or not one before failed, and the count of all of them. */
export class CheckRun {
  #root;
  #passed = 0;
  #failures = [];

  /** @param {string} root the project's folder */
  constructor(root) {
    this.#root = root;
  }

  /** A Node program that passes by exiting with 0. */
  async check(name, args) {
    const startedAt = Date.now();
    const end = await this.#runNode(args);
    const took = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
    if (end === 0) {
      this.#passed += 1;
      console.log(`ok      ${name} (${took})`);
    } else {
      this.#failures.push(`${name} (${end})`);
      console.log(`FAILED  ${name} (${took})`);
    }
  }

  /** One of the set-up's steps. */
  prepare(name, step) {
    return this.check(name, ['tools/prepare.mjs', step]);
  }

  /** Each of jest's tests counts. Two files at a time, unless told otherwise. */
  async jest(args, maxWorkers = 2) {
    const file = path.join(this.#root, '.dev', `jest-${process.pid}.json`);
    await mkdir(path.dirname(file), { recursive: true });
    const end = await this.#runNode([
      inNodeModules('jest', 'bin', 'jest.js'),
      ...[`--maxWorkers=${maxWorkers}`, '--json', `--outputFile=${file}`],
      ...args,
    ]);
    const results = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
    await rm(file, { force: true });
    const count = countTests(results, end);
    this.#passed += count.passed;
    this.#failures.push(...count.failures);
    if (count.skipped > 0) console.log(`${count.skipped} tests were skipped`);
  }

  /** Names what failed; the last line is `N passed, N failed`. Sets the exit code. */
  finish() {
    for (const failure of this.#failures) console.log(`FAILED ${failure}`);
    console.log(`${this.#passed} passed, ${this.#failures.length} failed`);
    process.exitCode = this.#failures.length === 0 ? 0 : 1;
  }

  /** What it writes goes to the terminal as it comes. Exit code, or the signal that ended it. */
  #runNode(args) {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, args, {
        cwd: this.#root,
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(code ?? signal));
    });
  }
}

export const inNodeModules = (...parts) => path.join('node_modules', ...parts);
