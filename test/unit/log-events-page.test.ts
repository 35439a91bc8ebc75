import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LOG_EVENTS } from '../../src/telemetry/log-events';

test('docs/operations.md has each event, with its level and its fields', () => {
  const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
  const logs = /^### Logs$(.*?)^###? /ms.exec(page)?.[1] ?? '';
  const described = [...logs.matchAll(/^\| `([\w-]+)` \| (\w+) \| ([^|]*)\|/gm)].map(
    ([, event, level, fields = '']) => ({
      event,
      level,
      fields: [...fields.matchAll(/`(\w+)`/g)].map(([, field]) => field),
    }),
  );
  const written = Object.entries(LOG_EVENTS).map(([event, { level, fields }]) => ({ event, level, fields }));
  expect(described).toEqual(written);
});
