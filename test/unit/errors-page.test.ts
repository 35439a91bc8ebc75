import { readFileSync } from 'node:fs';
import { ERROR_TABLE } from '../../src/contract/error-table';
import { ERRORS_PAGE, errorsPage } from '../../tools/errors-page';

test('docs/errors.md is what the error table says (npm run docs:errors writes it)', () => {
  expect(readFileSync(ERRORS_PAGE, 'utf8')).toBe(errorsPage());
});

test('every code is on the page', () => {
  for (const code of Object.keys(ERROR_TABLE)) expect(errorsPage()).toContain(`| \`${code}\` |`);
});
