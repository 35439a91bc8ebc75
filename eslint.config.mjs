import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** src/ imports in one direction only: docs/architecture.md says why each of these is closed. */
const closedTo = (folder, forbidden, reason) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ regex: `^\\.\\./(${forbidden.join('|')})(/|$)`, message: reason }] },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.dev/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  { files: ['**/*.js'], languageOptions: { globals: { module: 'writable', require: 'readonly' } } },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  closedTo(
    'contract',
    ['basiq', 'secrets', 'workflows', 'activities', 'client', 'sandbox', 'telemetry'],
    'contract/ imports nothing of ours',
  ),
  closedTo(
    'sandbox',
    ['basiq', 'contract', 'secrets', 'workflows', 'activities', 'client', 'telemetry'],
    'the sandbox must not share a misreading of Basiq with the product',
  ),
  closedTo(
    'basiq',
    ['workflows', 'activities', 'client', 'sandbox', 'secrets', 'telemetry'],
    'basiq/ knows Basiq, not the attempt',
  ),
  closedTo('workflows', ['client', 'sandbox', 'secrets'], 'workflow code runs in the deterministic sandbox'),
  closedTo(
    'client',
    ['basiq', 'workflows', 'activities', 'sandbox'],
    'a back-end imports only the contract and the sealing',
  ),
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
