import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { newKeyPair } from './key-set';

/** `npm run keys`: makes the key pair that secrets are sealed with. Never overwrites one: secrets may be sealed with it. */
async function main(): Promise<void> {
  const { out } = new Command('keys')
    .description('Makes a key pair: a private JWK set for workers, a public one for back-ends')
    .option('--out <folder>', 'where to write private.jwks.json and public.jwks.json', 'keys')
    .parse()
    .opts<{ out: string }>();

  const { privateKeys, publicKeys } = await newKeyPair();
  mkdirSync(out, { recursive: true });
  const privateFile = join(out, 'private.jwks.json');
  const publicFile = join(out, 'public.jwks.json');
  writeNew(privateFile, privateKeys, 0o600);
  writeNew(publicFile, publicKeys, 0o644);
  console.log(`${privateFile}: for workers alone (SECRETS_PRIVATE_KEYS_FILE); keep it secret`);
  console.log(`${publicFile}: for back-ends; they seal credentials and MFA answers with it`);
}

function writeNew(file: string, content: object, mode: number): void {
  try {
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode, flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new Error(`${file} exists already; choose another folder with --out`, { cause: error });
    }
    throw error;
  }
}

main().catch((error: unknown) => {
  console.error(`keys: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
