import { DefaultPayloadConverter, type Payload } from '@temporalio/common';

/**
 * Temporal's own converter, but for what it cannot read: that becomes null, which every message's schema refuses with a
 * reason. Thrown in workflow code, such an error would fail the workflow task again and again, so that one signal in a
 * foreign encoding could hold up an attempt for ever.
 */
class TolerantPayloadConverter extends DefaultPayloadConverter {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the signature of what it overrides
  override fromPayload<T>(payload: Payload): T {
    try {
      return super.fromPayload<T>(payload);
    } catch {
      return super.fromPayload<T>(super.toPayload(null));
    }
  }
}

export const payloadConverter = new TolerantPayloadConverter();
