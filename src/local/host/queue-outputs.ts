import { resolveAppSettings } from "./app-setting.ts";
import type { QueueConfiguration } from "./host-configuration.ts";
import { encodeMessage } from "./queue-message.ts";
import type { Binding, FunctionMetadata, InvocationResponse, TypedData } from "./rpc-types.ts";
import type { StorageQueues } from "./storage-queues.ts";

/** Sends what a function that succeeded has put into its queue outputs. An array is one message an element. */
export async function sendQueueOutputs(
  metadata: FunctionMetadata,
  response: InvocationResponse,
  queues: StorageQueues,
  messageEncoding: QueueConfiguration["messageEncoding"],
): Promise<void> {
  const outputs = [...(response.outputData ?? []), { name: "$return", data: response.returnValue ?? {} }];
  for (const { name, data } of outputs) {
    const binding = metadata.bindings[name];
    if (binding?.type !== "queue") continue;
    const queue = openOutput(metadata.name, binding, queues);
    for (const text of messageTexts(data)) {
      await queue.createIfNotExists();
      await queue.sendMessage(encodeMessage(text, messageEncoding));
    }
  }
}

function openOutput(functionName: string, binding: Binding, queues: StorageQueues) {
  const connection = typeof binding.connection === "string" ? binding.connection : undefined;
  return queues.open(connection, resolveAppSettings(String(binding.queueName), functionName));
}

function messageTexts(data: TypedData): string[] {
  if (data.bytes !== undefined) return [Buffer.from(data.bytes).toString("utf8")];
  if (data.string !== undefined) return [data.string];
  const number = data.int ?? data.double;
  if (number !== undefined) return [String(number)];
  if (data.json === undefined) return [];
  const value: unknown = JSON.parse(data.json);
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
}
