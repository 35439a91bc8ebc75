import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { projectRoot } from './tools-scratch';

/** What Prometheus and Grafana are given. That the metrics exist is tested against a worker (end-to-end/metrics.test.ts). */
const operations = path.join(projectRoot, 'operations');
const rulesFile = path.join(operations, 'prometheus', 'alerts.yml');
const testsFile = path.join(operations, 'prometheus', 'alerts.test.yml');
const manual = readFileSync(path.join(projectRoot, 'docs', 'operations.md'), 'utf8');

const alerts = readFileSync(rulesFile, 'utf8')
  .split('- alert: ')
  .slice(1)
  .map((text) => ({ name: text.split('\n')[0] ?? '', text }));
/** The headings under "## Alerts", with what stands below each. */
const explained = new Map(
  (/^## Alerts\n([^]*?)^## /m.exec(manual)?.[1] ?? '')
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.split('\n')[0] ?? '', section] as const),
);

test('each alert is explained, and nothing else is', () => {
  expect(alerts.length).toBeGreaterThan(10);
  expect([...explained.keys()].sort()).toEqual(alerts.map(({ name }) => name).sort());
});

test.each(alerts)('$name says how bad it is, what it means and where to read on', ({ name, text }) => {
  const severity = /^ +severity: (page|ticket|info)$/m.exec(text)?.[1];
  expect(explained.get(name)).toMatch(new RegExp(`^${name}\n\n${severity ?? 'no severity'}\\. \\S`));
  expect(text).toMatch(/^ +summary: \S.{10}/m);
  expect(text).toContain(`runbook: docs/operations.md#${name.toLowerCase()}\n`);
  // Only what counts over a while itself may fire at once.
  if (!/increase\([^)]*\[(15m|1h)\]/.test(text)) expect(text).toMatch(/^ +for: \d+m$/m);
});

test('each alert has a test in which it fires', () => {
  const fired = [...readFileSync(testsFile, 'utf8').matchAll(/alertname: (\w+)\n +exp_alerts:/g)].map(
    ([, name]) => name,
  );
  expect([...new Set(fired)].sort()).toEqual(alerts.map(({ name }) => name).sort());
});

const Dashboard = z.object({
  uid: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      type: z.string(),
      datasource: z.object({ uid: z.string() }).optional(),
      targets: z.array(z.object({ expr: z.string(), datasource: z.object({ uid: z.string() }) })).default([]),
    }),
  ),
});
const dashboards = readdirSync(path.join(operations, 'grafana')).map((file) => {
  const json: unknown = JSON.parse(readFileSync(path.join(operations, 'grafana', file), 'utf8'));
  return { file, dashboard: Dashboard.parse(json) };
});

test.each(dashboards)('$file can be imported anywhere: its data source is a variable', ({ dashboard }) => {
  expect(dashboard.templating.list).toContainEqual({ name: 'datasource', type: 'datasource' });
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');
  expect(panels.length).toBeGreaterThan(10);
  for (const { title, datasource, targets } of panels) {
    const uids = [datasource, ...targets.map((target) => target.datasource)].map((source) => source?.uid);
    expect({ title, uids: [...new Set(uids)] }).toEqual({ title, uids: ['${datasource}'] });
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) {
  console.info('promtool is not on PATH (Debian: the package prometheus): the rules are not run');
}

(hasPromtool ? describe : describe.skip)('promtool', () => {
  const promtool = (...args: string[]) => execFileSync('promtool', args, { encoding: 'utf8', stdio: 'pipe' });

  test('takes the rules', () => {
    expect(promtool('check', 'rules', rulesFile)).toContain(`SUCCESS: ${alerts.length} rules found`);
  });

  test('runs their tests', () => {
    expect(promtool('test', 'rules', testsFile)).toContain('SUCCESS');
  });

  test.each(dashboards)('takes the expressions of $file', ({ dashboard }) => {
    const rules = dashboard.panels.flatMap(({ targets }) =>
      targets.map(({ expr }) => ({
        record: 'panel',
        expr: expr
          .replaceAll('$__rate_interval', '5m')
          .replaceAll('$__range', '1h')
          .replaceAll('$institution', '.*'),
      })),
    );
    const folder = mkdtempSync(path.join(os.tmpdir(), 'basiq-connections-'));
    try {
      // JSON is YAML. Equal records are only remarked on, so each has a label of its own.
      const numbered = rules.map((rule, index) => ({ ...rule, labels: { panel: String(index) } }));
      const file = path.join(folder, 'panels.yml');
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: numbered }] }));
      expect(promtool('check', 'rules', file)).toContain(`SUCCESS: ${rules.length} rules found`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
