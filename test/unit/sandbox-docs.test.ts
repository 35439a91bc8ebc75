import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bankBehaviourSchema } from '../../src/sandbox/bank-behaviour';
import { faultSchema } from '../../src/sandbox/faults';
import { institutions } from '../../src/sandbox/institutions';
import { people } from '../../src/sandbox/people';
import { settingsSchema } from '../../src/sandbox/settings';
import { Caller } from './sandbox-caller';

/** docs/sandbox.md names everything that there is. */
const docs = readFileSync(resolve(__dirname, '../../docs/sandbox.md'), 'utf8');

test.each(people.map(({ loginId, password }) => [loginId, password]))(
  'names %s / %s',
  (loginId, password) => {
    expect(docs).toContain(`| ${loginId} | ${password} |`);
  },
);

test.each(institutions.map(({ id, name }) => [id, name]))('names the bank %s, %s', (id, name) => {
  expect(docs).toContain(`| ${id} | ${name} |`);
});

test.each(Object.keys(bankBehaviourSchema.shape))('says what `%s` of a bank is', (field) => {
  expect(docs).toContain(`| \`${field}\` |`);
});

test.each(Object.keys(settingsSchema.shape))('names the setting `%s`', (field) => {
  expect(docs).toContain(`\`${field}\``);
});

test.each(faultSchema.options.map(({ shape }) => shape.kind.value))('names the fault %s', (kind) => {
  expect(docs).toContain(`{"kind":"${kind}"`);
});

test('names each route that can be given faults', async () => {
  const caller = await Caller.start();
  try {
    const refused = await caller.admin('POST', '/faults', { route: '?', fault: { kind: 'malformed' } });
    const routes = JSON.stringify(refused.body).match(/(GET|POST|PUT|DELETE) \/[\w/:]*/g) ?? [];
    expect(routes).toHaveLength(18);
    for (const route of routes) expect(docs).toContain(`\`${route}\``);
  } finally {
    await caller.close();
  }
});
