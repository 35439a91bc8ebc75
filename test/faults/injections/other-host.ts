import { createServer, type Server } from 'node:http';

/** A host that nothing must ever be sent to: it counts what comes. */
export class OtherHost {
  received = 0;

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<OtherHost> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the other host has no port');
    const host = new OtherHost(`http://127.0.0.1:${address.port}`, server);
    server.on('request', (_request, response) => {
      host.received += 1;
      response.end('{}');
    });
    return host;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}
