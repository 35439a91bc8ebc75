/**
 * Bundles the workflows ahead of time, so that a worker starts without a bundler:
 *
 *   node tools/bundle-workflows.mjs FILE [TRACED_FILE]
 *
 * TRACED_FILE is for workers that make traces: the same workflows within Temporal's OpenTelemetry interceptors.
 */
import { bundleWorkflowCode } from '@temporalio/worker';
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const [file, tracedFile] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node tools/bundle-workflows.mjs FILE [TRACED_FILE]');

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
const source = (name) => fileURLToPath(new URL(`../src/${name}`, import.meta.url));

async function bundle(to, tracing) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: source('workflows/index.ts'),
    payloadConverterPath: source('workflows/payload-converter.ts'),
    preloadModules: [source('workflows/preloaded.ts')],
    workflowInterceptorModules: [source('workflows/keep-to-history.ts'), ...tracing],
    logger,
  });
  await writeFile(`${to}.part`, code);
  await rename(`${to}.part`, to);
}

await bundle(file, []);
if (tracedFile !== undefined) await bundle(tracedFile, [source('telemetry/workflow-tracing.ts')]);
