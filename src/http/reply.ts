/** What a handler answers with when it is not simply a JSON body with the route's status. */
export type Reply =
  | {
      readonly kind: "json";
      readonly body: unknown;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "empty"; readonly status?: number; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly kind: "bytes";
      readonly bytes: Uint8Array;
      readonly mimeType: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A file that is sent as it is made or read; whatever can fail early has to, before the reply is given. */
  | {
      readonly kind: "stream";
      readonly chunks: AsyncIterable<string | Uint8Array>;
      readonly mimeType: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "events";
      readonly events: AsyncIterable<StreamEvent>;
      /** The event that the client saw last, where the events go on from one. */
      readonly after?: string | null;
      /** Whether an idempotency key keeps their text, because there is nothing that they could be read from again. */
      readonly isKept?: boolean;
    };

/** One server-sent event; `data` is sent as JSON. */
export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
  /** Sent as the event's id; a client that lost the stream names the last one it saw. */
  readonly id?: string;
}

const replies = new WeakSet<object>();

/** Marks an answer as complete with status and headers; anything else a handler returns is taken as a JSON body. */
export function reply<T extends Reply>(value: T): T {
  replies.add(value);
  return value;
}

export function isReply(value: unknown): value is Reply {
  return typeof value === "object" && value !== null && replies.has(value);
}
