import { Connection } from '@temporalio/client';
import path from 'node:path';
import { startDevServer, type DevServer, type SearchAttributeType } from '../../tools/temporal-dev-server';
import { inScratch } from './tools-scratch';

async function registered(server: DevServer): Promise<string[]> {
  const connection = await Connection.connect({ address: server.address });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    return Object.keys(customAttributes);
  } finally {
    await connection.close();
  }
}

describe('the Temporal dev server', () => {
  it('comes up with its UI, and registers what a kept database lacks', async () => {
    await inScratch(async (folder) => {
      const dbFile = path.join(folder, 'temporal.db');
      const start = (searchAttributes: Record<string, SearchAttributeType>): Promise<DevServer> =>
        startDevServer({ dbFile, uiPort: 0, searchAttributes });

      const first = await start({ ToolsFirst: 'Keyword' });
      try {
        expect(await registered(first)).toContain('ToolsFirst');
        expect((await fetch(first.uiUrl ?? '')).status).toBe(200);
        const port = Number(first.address.split(':')[1]);
        await expect(startDevServer({ port, searchAttributes: {} })).rejects.toThrow(
          `Port ${port} cannot be used`,
        );
      } finally {
        await first.stop();
      }

      const second = await start({ ToolsFirst: 'Keyword', ToolsSecond: 'Int' });
      try {
        expect(await registered(second)).toEqual(expect.arrayContaining(['ToolsFirst', 'ToolsSecond']));
      } finally {
        await second.stop();
      }
      expect(() => process.kill(second.pid, 0)).toThrow('ESRCH');
    });
  });

  it('has no UI unless it is asked for, and can be killed', async () => {
    const server = await startDevServer({ searchAttributes: {} });
    try {
      expect(server.uiUrl).toBeNull();
    } finally {
      server.kill();
      await server.stop();
    }
    await expect(Connection.connect({ address: server.address, connectTimeout: 500 })).rejects.toThrow();
  });
});
