import { readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import '../../src/workflows/preloaded';

const CONTRACT = path.join(__dirname, '..', '..', 'src', 'contract');

/** What `export const` of the contract's modules is a schema, with its place. */
const schemas = readdirSync(CONTRACT)
  .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
  .flatMap((file) => {
    const shown = jest.requireActual<Record<string, unknown>>(path.join(CONTRACT, file));
    return Object.entries(shown).flatMap(([name, value]) =>
      value instanceof z.ZodType ? [[`${file} ${name}`, value] as const] : [],
    );
  });

// One that were missing would be frozen to its last object by the SDK, and throw when it is first used in a workflow.
test.each(schemas)('%s is frozen before workflows share it, and reads all the same', (_, schema) => {
  expect(Object.isFrozen(schema)).toBe(true);
  expect(schema.safeParse(Symbol('nothing that is valid')).success).toBe(false);
});

test('there are schemas', () => {
  expect(schemas.length).toBeGreaterThan(10);
});
