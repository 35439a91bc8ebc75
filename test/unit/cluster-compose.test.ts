import { readFileSync } from 'node:fs';
import path from 'node:path';
import { temporalServerSettings } from '../../tools/cluster/temporal-server';
import { projectRoot } from './tools-scratch';

const read = (...file: string[]): string => readFileSync(path.join(projectRoot, ...file), 'utf8');
const compose = read('docker-compose.yml');
const programs = read('tools', 'set-up', 'temporal-programs.mjs');
const pinned = (name: string): string =>
  new RegExp(`export const ${name} = '([\\d.]+)'`).exec(programs)?.[1] ?? 'no such constant';

test('docker-compose.yml pins the versions that npm run cluster runs', () => {
  expect(compose).toContain(`image: temporalio/server:${pinned('CLUSTER_SERVER_VERSION')}\n`);
  expect(compose).toContain(`image: temporalio/ui:${pinned('CLUSTER_UI_VERSION')}\n`);
});

test("npm run cluster gives Temporal's server the settings of docker-compose.yml", () => {
  const service = /^ {2}temporal:\n([^]*?)^ {2}\w/m.exec(compose)?.[1] ?? '';
  expect(service).toContain('image: temporalio/server:');
  for (const [name, value] of Object.entries(temporalServerSettings)) {
    expect(service).toMatch(new RegExp(`^ {6}${name}: '?${value.replaceAll('.', '\\.')}'?$`, 'm'));
  }
});
