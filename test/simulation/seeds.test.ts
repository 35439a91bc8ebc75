import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.join(__dirname, '..', '..');

test('fifty schedules keep the four promises', async () => {
  // One process, since other tests run beside it.
  const args = ['--import', 'tsx', 'simulation/main.ts', '--seeds', '50', '--workers', '1'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT }).catch(
    (error: unknown) => {
      const told = typeof error === 'object' && error !== null && 'stdout' in error ? error.stdout : '';
      throw new Error(String(told), { cause: error });
    },
  );
  expect(stdout).toContain('50 seeds passed, 0 failed');
}, 600_000);
