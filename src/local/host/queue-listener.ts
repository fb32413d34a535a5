import { setTimeout as delay } from "node:timers/promises";
import type { DequeuedMessageItem, QueueClient } from "@azure/storage-queue";
import { resolveAppSettings } from "./app-setting.ts";
import type { QueueConfiguration } from "./host-configuration.ts";
import { describeError, describeFailure } from "./invocations.ts";
import type { Listener, Triggered } from "./listener.ts";
import { decodeMessage, holdLease, type Lease, triggerMetadataOf } from "./queue-message.ts";
import type { TypedData } from "./rpc-types.ts";
import type { StorageQueues } from "./storage-queues.ts";

const SHORTEST_POLL_MILLISECONDS = 100;
const POISON_SUFFIX = "-poison";

/**
 * A storage-queue trigger: takes a batch, runs its messages side by side, and takes the next batch once no more than
 * `newBatchThreshold` run. A message is hidden while it runs, deleted on success, made visible again after
 * `visibilityTimeout` on failure, and moved to `<queue>-poison` with its content untouched after `maxDequeueCount`
 * failures. Storage that does not answer is reported once and asked again.
 * @throws Error with one line if a setting that the trigger names is missing.
 */
export function createQueueListener(
  triggered: Triggered,
  queues: StorageQueues,
  configuration: QueueConfiguration,
  leaseSeconds: number,
): Listener {
  const { target, trigger, triggerName, invocations, log } = triggered;
  const { name } = target.metadata;
  const queueName = resolveAppSettings(String(trigger.queueName), `the queue function ${name}`);
  const connection = typeof trigger.connection === "string" ? trigger.connection : undefined;
  const queue = queues.open(connection, queueName);
  // A message that fails in a poison queue has nowhere to go: it stays hidden until its lease ends, then comes back.
  const poisonQueue = queueName.endsWith(POISON_SUFFIX)
    ? undefined
    : queues.open(connection, queueName + POISON_SUFFIX);
  const stopping = new AbortController();
  const running = new Map<Promise<void>, Lease>();
  const storage = createOutageReport(queueName, log);
  let pollWait = SHORTEST_POLL_MILLISECONDS;
  let polling: Promise<void> = Promise.resolve();

  const invoke = async (text: string, triggerMetadata: Record<string, TypedData>): Promise<boolean> => {
    try {
      const inputData = [{ name: triggerName, data: { string: text } }];
      await invocations.invoke(target, { inputData, triggerMetadata });
      return true;
    } catch (error) {
      log("error", `${name} failed: ${describeFailure(error)}`);
      return false;
    }
  };

  const moveToPoison = async (message: DequeuedMessageItem, popReceipt: string) => {
    if (poisonQueue === undefined) return;
    log("warn", `${name}: message ${message.messageId} goes to ${poisonQueue.name}`);
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(message.messageText);
    await queue.deleteMessage(message.messageId, popReceipt);
  };

  const work = async (message: DequeuedMessageItem, lease: Lease) => {
    const text = decodeMessage(message.messageText, configuration.messageEncoding);
    const mayRun = text !== undefined && message.dequeueCount <= configuration.maxDequeueCount;
    if (text === undefined)
      log("error", `${name}: message ${message.messageId} is not ${configuration.messageEncoding}`);
    const isDone = mayRun && (await invoke(text, triggerMetadataOf(message, text)));
    const popReceipt = await lease.end();
    if (isDone) await queue.deleteMessage(message.messageId, popReceipt);
    else if (!mayRun || message.dequeueCount >= configuration.maxDequeueCount) await moveToPoison(message, popReceipt);
    else if (poisonQueue !== undefined) {
      const seconds = Math.ceil(configuration.visibilityTimeoutMilliseconds / 1000);
      await queue.updateMessage(message.messageId, popReceipt, undefined, seconds);
    }
  };

  const begin = (message: DequeuedMessageItem) => {
    const lease = holdLease(queue, message, leaseSeconds, storage.fail);
    const job = work(message, lease)
      .catch(storage.fail)
      .finally(() => {
        running.delete(job);
        pollWait = SHORTEST_POLL_MILLISECONDS;
      });
    running.set(job, lease);
  };

  const giveBack = async (messages: readonly DequeuedMessageItem[]) => {
    for (const { messageId, popReceipt } of messages) {
      await queue.updateMessage(messageId, popReceipt, undefined, 0).catch(storage.fail);
    }
  };

  const poll = async () => {
    let isCreated = false;
    while (!stopping.signal.aborted) {
      if (running.size > configuration.newBatchThreshold) {
        await Promise.race([...running.keys(), aborted(stopping.signal)]);
        continue;
      }
      let messages: readonly DequeuedMessageItem[] = [];
      try {
        if (!isCreated) await queue.createIfNotExists();
        isCreated = true;
        messages = await receive(queue, configuration.batchSize, leaseSeconds);
        storage.succeed();
      } catch (error) {
        // It may have been deleted: then it is made again.
        isCreated = false;
        storage.fail(error);
      }
      if (stopping.signal.aborted) return await giveBack(messages);
      messages.forEach(begin);
      if (messages.length === 0) {
        await delay(pollWait, undefined, { signal: stopping.signal }).catch(() => undefined);
        pollWait = Math.min(pollWait * 2, Math.max(configuration.maxPollingIntervalMilliseconds, pollWait));
      } else pollWait = SHORTEST_POLL_MILLISECONDS;
    }
  };

  return {
    summary: { name, kind: "queue", detail: queueName },
    start() {
      polling = poll();
    },
    async runOnce(input) {
      const text = input ?? "";
      const isOk = await invoke(text, { QueueTrigger: { string: text }, DequeueCount: { int: 1 } });
      log("info", `${name}: the run asked for by the admin endpoint ${isOk ? "succeeded" : "failed"}`);
    },
    async stop() {
      stopping.abort();
      await polling;
      await Promise.all(running.keys());
    },
    abandon() {
      for (const lease of running.values()) void lease.end();
    },
  };
}

async function receive(queue: QueueClient, batchSize: number, leaseSeconds: number): Promise<DequeuedMessageItem[]> {
  const answer = await queue.receiveMessages({ numberOfMessages: batchSize, visibilityTimeout: leaseSeconds });
  return answer.receivedMessageItems;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Says once that storage fails, and once that it answers again. */
function createOutageReport(queueName: string, log: Triggered["log"]) {
  let isOut = false;
  return {
    fail(error: unknown) {
      if (!isOut) log("error", `The queue ${queueName} does not answer, trying again: ${describeError(error)}`);
      isOut = true;
    },
    succeed() {
      if (isOut) log("info", `The queue ${queueName} answers again`);
      isOut = false;
    },
  };
}
