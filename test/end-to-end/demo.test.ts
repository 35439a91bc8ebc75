import path from 'node:path';
import { startChild } from '../../tools/child-process';

const ROOT = path.join(__dirname, '..', '..');

/** Whether a process of that command line is still there would be a guess; the ports that it named are not. */
async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

test('without a terminal the demo runs through, and exits 0 with its table', async () => {
  const demo = await startChild({
    name: 'demo',
    command: process.execPath,
    args: ['--import', 'tsx', path.join('demo', 'main.ts')],
    cwd: ROOT,
    // What a developer's machine may have set, and the demo must not mind.
    env: { ALLOW_PLAIN_SECRETS: 'true', BASIQ_QUEUE_SCALE: '1', TEMPORAL_NAMESPACE: 'elsewhere' },
  });
  const end = await demo.ended;
  const output = demo.output();

  expect({ end, problems: /NOT AS IT SHOULD BE:[^]*/.exec(output)?.[0] }).toEqual({
    end: { kind: 'exited', code: 0 },
    problems: undefined,
  });
  const rows = output.split('\n').filter((line) => /^[a-g] .* yes +\d+ +\d+ +\d+$/.test(line));
  expect(rows.map((row) => row.replace(/ +yes .*/, ''))).toEqual([
    'a Plain success      succeeded',
    'b MFA code           succeeded',
    'c Wrong answer first succeeded',
    'd Approval in an app succeeded',
    'e Outage, third try  succeeded',
    'f Outage, seven days failed: temporary-unavailable',
    'g Wrong password     failed: invalid-credentials',
  ]);
  expect(rows.every((row) => row.length <= 80)).toBe(true);

  // Progress came as it happened, and told of the fast clock and of what was asked.
  expect(output).toMatch(/queue runs 6000 times faster/);
  expect(output).toMatch(/b MFA code: awaiting-mfa, waits on user until [\d:]+; asks: OTP Password/);
  expect(output).toMatch(/c Wrong answer first: awaiting-mfa, .*; refused; asks again/);
  expect(output).toMatch(/f Outage, seven days: queued, .*; day 7, look \d+/);
  // In the outage of seven days: about a look for each of Basiq's 84 tries, and hardly any history.
  const [, looks, events] = /^f .* (\d+) +(\d+)$/m.exec(output) ?? [];
  expect(Number(looks)).toBeGreaterThan(60);
  expect(Number(looks)).toBeLessThan(90);
  expect(Number(events)).toBeLessThanOrEqual(45);

  // What it started went with it.
  const uiUrl = /Temporal's Web UI: (http\S+)/.exec(output)?.[1] ?? 'no UI was named';
  expect(uiUrl).toMatch(/^http:\/\/localhost:\d+\//);
  expect(await answers(uiUrl)).toBe(false);
}, 300_000);
