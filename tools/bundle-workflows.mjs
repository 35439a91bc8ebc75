/**
 * Bundles the workflows ahead of time, so that a worker starts without a bundler:
 *
 *   node tools/bundle-workflows.mjs FILE
 */
import { bundleWorkflowCode } from '@temporalio/worker';
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const file = process.argv[2];
if (file === undefined) throw new Error('usage: node tools/bundle-workflows.mjs FILE');

/** The bundler reports every module that it read; only what is wrong is of interest. */
const quiet = () => undefined;
const logger = {
  log: (level, message) => (level === 'WARN' || level === 'ERROR' ? console.error(message) : undefined),
  trace: quiet,
  debug: quiet,
  info: quiet,
  warn: (message) => console.error(message),
  error: (message) => console.error(message),
};

// From the TypeScript sources, so that a workflow's stack traces name them.
const source = (name) => fileURLToPath(new URL(`../src/workflows/${name}`, import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath: source('index.ts'),
  payloadConverterPath: source('payload-converter.ts'),
  logger,
});
await writeFile(`${file}.part`, code);
await rename(`${file}.part`, file);
