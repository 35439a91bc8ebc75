import { Command, InvalidArgumentError } from 'commander';
import { startSandbox } from './server';

interface CommandLine {
  port: number;
  apiKey: string;
  queueScale: number;
  stepMs: number;
  host: string;
}

const number =
  (isAllowed: (value: number) => boolean, wanted: string) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || !isAllowed(value)) {
      throw new InvalidArgumentError(`It must be ${wanted}.`);
    }
    return value;
  };

const port = number(
  (value) => Number.isInteger(value) && value >= 0 && value <= 65_535,
  'a whole number from 0 to 65535',
);
const scale = number((value) => value > 0, 'a number above 0');
const duration = number((value) => value >= 0, 'a number of milliseconds, 0 or more');

function apiKey(text: string): string {
  if (!/^\S+$/.test(text)) throw new InvalidArgumentError('It must not be empty or hold spaces.');
  return text;
}

async function main(): Promise<void> {
  const { port: listenPort, ...options } = new Command('sandbox')
    .description('A Basiq 2.1 for development: it runs here and keeps nothing.')
    .requiredOption('--api-key <key>', 'the API key that it accepts', apiKey)
    .option('--port <port>', 'where to listen; 0 for any free port', port, 8787)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--queue-scale <n>', "divides the retry queue's two hours and seven days", scale, 1)
    .option('--step-ms <ms>', 'how long each step of a job takes', duration, 1000)
    .parse()
    .opts<CommandLine>();
  const sandbox = await startSandbox({ ...options, port: listenPort });
  console.log(`Basiq sandbox on ${sandbox.url} (a development server: it keeps nothing)`);
  const stop = (): void => {
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  console.error(
    `The Basiq sandbox could not start: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
});
