import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inputProblems } from '../contract/input-problems';
import { PrivateKeySet, type KeyPair } from './key-set';

const PRIVATE_FILE = 'private.jwks.json';
const PUBLIC_FILE = 'public.jwks.json';

export interface KeyFiles {
  privateFile: string;
  publicFile: string;
}

export function keyFilesIn(folder: string): KeyFiles {
  return { privateFile: join(folder, PRIVATE_FILE), publicFile: join(folder, PUBLIC_FILE) };
}

/** Writes a first pair. @throws Error when there is one already: secrets may be sealed with it */
export function writeNewPair(folder: string, pair: KeyPair): void {
  mkdirSync(folder, { recursive: true });
  const { privateFile, publicFile } = keyFilesIn(folder);
  writeNew(privateFile, pair.privateKeys, 0o600);
  writeNew(publicFile, pair.publicKeys, 0o644);
}

/** Replaces the pair; each file is whole at every moment, and the private one, which can open all, is there first. */
export function replacePair(folder: string, pair: KeyPair): void {
  const { privateFile, publicFile } = keyFilesIn(folder);
  for (const [file, keys, mode] of [
    [privateFile, pair.privateKeys, 0o600],
    [publicFile, pair.publicKeys, 0o644],
  ] as const) {
    writeNew(`${file}.new`, keys, mode);
    renameSync(`${file}.new`, file);
  }
}

/** @throws Error that says what is wrong with the file, and quotes nothing of it */
export function readPrivateKeys(file: string): PrivateKeySet {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // eslint-disable-next-line preserve-caught-error -- a JSON error quotes the text, which holds private keys
    throw new Error(error instanceof SyntaxError ? 'is not JSON' : 'cannot be read');
  }
  const parsed = PrivateKeySet.safeParse(content);
  if (!parsed.success) throw new Error(`is no private JWK set: ${inputProblems(parsed.error)}`);
  return parsed.data;
}

function writeNew(file: string, content: object, mode: number): void {
  try {
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode, flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new Error(`${file} exists already`, { cause: error });
    }
    throw error;
  }
}
