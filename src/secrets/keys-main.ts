import { Command } from 'commander';
import { keyFilesIn, readPrivateKeys, replacePair, writeNewPair } from './key-files';
import { newKeyPair, rotated } from './key-set';

/** `npm run keys -- new | rotate | list`: the keys that secrets are sealed with. */
const command = new Command('keys').description(
  'Keys for sealing: a private JWK set for workers, a public one for back-ends',
);
const inFolder = ['--out <folder>', 'where private.jwks.json and public.jwks.json are', 'keys'] as const;

command
  .command('new', { isDefault: true })
  .description('make a first pair')
  .option(...inFolder)
  .action(async ({ out }: { out: string }) => {
    const { privateFile, publicFile } = keyFilesIn(out);
    writeNewPair(out, await newKeyPair());
    console.log(`${privateFile}: for workers alone (SECRETS_PRIVATE_KEYS_FILE); keep it secret`);
    console.log(`${publicFile}: for back-ends; they seal credentials and MFA answers with it`);
  });

command
  .command('rotate')
  .description('add a key that is used from now on; workers keep the old ones')
  .option(...inFolder)
  .action(async ({ out }: { out: string }) => {
    const { privateFile, publicFile } = keyFilesIn(out);
    const pair = await rotated(readKeys(privateFile));
    replacePair(out, pair);
    console.log(`The new key is ${pair.privateKeys.keys[0]?.kid ?? ''}. In this order:`);
    console.log(`1. give every worker ${privateFile} and restart it: it opens what either key sealed`);
    console.log(`2. give every back-end ${publicFile}: it seals with the new key`);
    console.log(
      '3. eight days later, when no attempt of before is open, take the old key out of the private file',
    );
  });

command
  .command('list')
  .description('show the keys by kid, the present one first; nothing secret')
  .option(...inFolder)
  .action(({ out }: { out: string }) => {
    readKeys(keyFilesIn(out).privateFile).keys.forEach(({ kid, createdAt }, index) => {
      console.log(
        `${kid}  ${index === 0 ? 'present' : 'old    '}  made ${createdAt ?? 'at an unknown time'}`,
      );
    });
  });

function readKeys(file: string) {
  try {
    return readPrivateKeys(file);
  } catch (error) {
    throw new Error(`${file} ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

command.parseAsync().catch((error: unknown) => {
  console.error(`keys: ${messageOf(error)}`);
  process.exitCode = 1;
});
