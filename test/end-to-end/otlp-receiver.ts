import root from '@opentelemetry/otlp-transformer/build/src/generated/root';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

/** `{stringValue}`, `{intValue}`, …: what it holds, as text. */
const AnyValue = z.record(z.string(), z.unknown()).transform((value) =>
  Object.values(value)
    .map((held) => (typeof held === 'string' ? held : JSON.stringify(held)))
    .join(),
);
const Attributes = z
  .array(z.object({ key: z.string(), value: AnyValue }))
  .default([])
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, value])));
const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(''),
  name: z.string(),
  attributes: Attributes,
  events: z.array(z.object({ name: z.string(), attributes: Attributes })).default([]),
});
const Export = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(Span) })),
    }),
  ),
});
export type ReceivedSpan = z.output<typeof Span> & { service: string };

/** The message type that OpenTelemetry generated; its module has no types of its own. */
const isMessageType = (value: unknown): boolean =>
  typeof value === 'function' && 'decode' in value && 'toObject' in value;
const Generated = z.object({
  opentelemetry: z.object({
    proto: z.object({
      collector: z.object({
        trace: z.object({
          v1: z.object({
            ExportTraceServiceRequest: z.custom<{
              decode: (bytes: Uint8Array) => object;
              toObject: (message: object, options: object) => unknown;
            }>(isMessageType),
          }),
        }),
      }),
    }),
  }),
});
const { ExportTraceServiceRequest } = Generated.parse(root).opentelemetry.proto.collector.trace.v1;

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** each request as it came, headers and decoded body, to be searched for what must not be there */
  readonly texts: readonly string[];
  close(): Promise<void>;
}

/** A collector: takes traces as OTLP over HTTP. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const texts: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const bytes = await buffer(request);
      if (request.method !== 'POST' || request.url !== '/v1/traces') {
        response.writeHead(404).end();
        return;
      }
      const decoded = ExportTraceServiceRequest.toObject(ExportTraceServiceRequest.decode(bytes), {
        bytes: String,
        longs: String,
      });
      texts.push(JSON.stringify(request.headers), bytes.toString('utf8'), JSON.stringify(decoded));
      for (const { resource, scopeSpans } of Export.parse(decoded).resourceSpans) {
        const service = resource.attributes['service.name'] ?? '';
        for (const scope of scopeSpans) spans.push(...scope.spans.map((span) => ({ ...span, service })));
      }
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    })().catch((error: unknown) => {
      texts.push(`The receiver failed: ${String(error)}`);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    texts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
