import { setTimeout as delay } from "node:timers/promises";
import type { DequeuedMessageItem, QueueClient } from "@azure/storage-queue";
import type { QueueConfiguration } from "./host-configuration.ts";
import type { TypedData } from "./rpc-types.ts";

type Encoding = QueueConfiguration["messageEncoding"];

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function encodeMessage(text: string, encoding: Encoding): string {
  return encoding === "base64" ? Buffer.from(text, "utf8").toString("base64") : text;
}

/** The message's text, or undefined if it is not encoded as host.json says. */
export function decodeMessage(messageText: string, encoding: Encoding): string | undefined {
  if (encoding === "none") return messageText;
  return BASE64.test(messageText) ? Buffer.from(messageText, "base64").toString("utf8") : undefined;
}

/** What the real host tells of a message, under its own names: the library turns them into camel case. */
export function triggerMetadataOf(message: DequeuedMessageItem, text: string): Record<string, TypedData> {
  const json = (value: unknown): TypedData => ({ json: JSON.stringify(value) });
  return {
    QueueTrigger: { string: text },
    DequeueCount: { int: message.dequeueCount },
    Id: json(message.messageId),
    InsertionTime: json(message.insertedOn),
    ExpirationTime: json(message.expiresOn),
    NextVisibleOn: json(message.nextVisibleOn),
    PopReceipt: json(message.popReceipt),
  };
}

/** The right to a message that is being worked on. */
export interface Lease {
  /** Ends the renewal and returns the receipt that is now valid. */
  end(): Promise<string>;
}

/**
 * Keeps a message hidden while it is worked on, by renewing at half of the lease. A renewal that fails is tried again at
 * the next turn: until the lease has lapsed nothing is lost.
 */
export function holdLease(
  queue: QueueClient,
  message: DequeuedMessageItem,
  leaseSeconds: number,
  onFailure: (error: unknown) => void,
): Lease {
  const ended = new AbortController();
  let { popReceipt } = message;
  const renewal = (async () => {
    for (;;) {
      await delay((leaseSeconds * 1000) / 2, undefined, { signal: ended.signal }).catch(() => undefined);
      if (ended.signal.aborted) return;
      try {
        const renewed = await queue.updateMessage(message.messageId, popReceipt, undefined, leaseSeconds);
        popReceipt = renewed.popReceipt ?? popReceipt;
      } catch (error) {
        onFailure(error);
      }
    }
  })();
  return {
    async end() {
      ended.abort();
      await renewal;
      return popReceipt;
    },
  };
}
