/**
 * One process of the simulation: runs the seeds that its parent names, one after the other. It ends after a seed that has
 * left the server's clock in disorder: the next one needs a new server.
 */
import { runSeed } from './run-seed';
import { scheduleOf } from './schedule';
import { SimulatedWorld } from './simulated-world';

const [bundlePath = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const world = await SimulatedWorld.start(bundlePath);
  let work = Promise.resolve();
  // Whoever gave us seeds is gone; the server must not be left behind.
  process.once('disconnect', () => void leave(world));
  process.on('message', (message: { seed: number } | 'stop') => {
    work = work.then(() => (message === 'stop' ? leave(world) : runOne(world, message.seed)));
    work.catch((error: unknown) => {
      console.error(error);
      return leave(world, 1);
    });
  });
  process.send?.({ ready: true });
}

async function runOne(world: SimulatedWorld, seed: number): Promise<void> {
  const report = await runSeed(world, scheduleOf(seed));
  process.send?.({ report });
  if (!report.clockIsSound) await leave(world);
}

async function leave(world: SimulatedWorld, code = 0): Promise<void> {
  // Calls that still wait end with the server, in errors that nobody waits for.
  process.on('uncaughtException', () => undefined);
  process.on('unhandledRejection', () => undefined);
  await world.stop();
  process.exit(code);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
