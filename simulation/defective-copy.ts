import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withDefect, type Defect } from './defects';

/** What the simulation runs, and what that needs. */
const COPIED = [
  'src',
  'simulation',
  'tools',
  'test/sandbox-admin.ts',
  'test/workflows/time-skipping-world.ts',
];
const ALSO_COPIED = ['test/end-to-end/secret-scan.ts', 'package.json', 'tsconfig.json'];

/** A copy of the sources with a defect, and its bundle of workflows, in a folder of .dev/. */
export function makeDefectiveCopy(
  root: string,
  name: string,
  defect: Defect,
): { folder: string; bundlePath: string } {
  const folder = path.join(root, '.dev', 'simulation', `${name}-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of [...COPIED, ...ALSO_COPIED]) {
    cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  }
  for (const file of new Set(defect.edits.map((edit) => edit.file))) {
    const copy = path.join(folder, file);
    writeFileSync(copy, withDefect(file, readFileSync(copy, 'utf8'), defect));
  }
  const bundlePath = path.join(folder, 'workflow-bundle.js');
  execFileSync(process.execPath, [path.join(folder, 'tools', 'bundle-workflows.mjs'), bundlePath], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { folder, bundlePath };
}

export function removeCopy(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
