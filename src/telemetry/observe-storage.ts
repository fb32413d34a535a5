import type { FileAnalysisQueue } from "../ports/files.ts";
import type { BlobStorage, GenerationQueue } from "../ports/storage.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** The same blobs, with a span for each call. Names of blobs hold ids of users' things, so they are left out. */
export function observeBlobs<T extends BlobStorage>(blobs: T, telemetry: Telemetry): T {
  if (!telemetry.isOn) return blobs;
  const observed = <R>(operation: string, bytes: number | undefined, work: () => Promise<R>): Promise<R> =>
    telemetry.span(
      { name: `blob ${operation}`, kind: "client", attributes: { "storage.service": "blob", "storage.bytes": bytes } },
      work,
    );
  return {
    ...blobs,
    put: (input) => observed("put", input.bytes.byteLength, () => blobs.put(input)),
    get: (name) => observed("get", undefined, () => blobs.get(name)),
    remove: (name) => observed("remove", undefined, () => blobs.remove(name)),
  };
}

/** The same queue, with a span for each message sent; the message carries it on to whoever works on it. */
export function observeQueue<T extends Pick<GenerationQueue, "send"> | FileAnalysisQueue>(
  queue: T,
  queueName: string,
  telemetry: Telemetry,
): T {
  if (!telemetry.isOn) return queue;
  const send = queue.send as (input: never) => Promise<void>;
  return {
    ...queue,
    send: (input: never) =>
      telemetry.span(
        {
          name: `send ${queueName}`,
          kind: "producer",
          attributes: {
            "messaging.system": "azure_storage_queue",
            "messaging.destination.name": queueName,
            "messaging.operation.type": "send",
          },
        },
        () => send(input),
      ),
  };
}
