import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

/** One place in a workflow's source, and what is put there instead. */
export interface SourceChange {
  /** in src/workflows */
  file: string;
  from: string;
  to: string;
}

export interface ChangedBuild {
  /** like dist/ */
  folder: string;
  remove(): Promise<void>;
}

/**
 * What `npm run build` would make if the workflows' source were changed so.
 * @throws Error when a place is not found, or not once
 */
export async function changedBuild(changes: readonly SourceChange[]): Promise<ChangedBuild> {
  // Within the project, so that it finds node_modules.
  await mkdir(path.join(ROOT, '.dev'), { recursive: true });
  const scratch = await mkdtemp(path.join(ROOT, '.dev', 'changed-build-'));
  const remove = () => rm(scratch, { recursive: true, force: true });
  try {
    const source = path.join(scratch, 'src');
    const folder = path.join(scratch, 'dist');
    await cp(path.join(ROOT, 'src'), source, { recursive: true });
    await cp(path.join(ROOT, 'dist'), folder, { recursive: true });
    for (const change of changes) await apply(source, change);
    const { code } = await bundleWorkflowCode({
      workflowsPath: path.join(source, 'workflows', 'index.ts'),
      payloadConverterPath: path.join(source, 'workflows', 'payload-converter.ts'),
      logger: new DefaultLogger('ERROR'),
    });
    await writeFile(path.join(folder, 'workflow-bundle.js'), code);
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function apply(source: string, { file, from, to }: SourceChange): Promise<void> {
  const changed = path.join(source, 'workflows', file);
  const parts = (await readFile(changed, 'utf8')).split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like: ${from}`);
  await writeFile(changed, parts.join(to));
}
