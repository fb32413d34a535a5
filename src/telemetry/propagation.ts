import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";

const header = "traceparent";

/** The part of a request of `fetch` that its channel hands out. */
interface FetchRequest {
  addHeader?(name: string, value: string): unknown;
}

/**
 * Adds the `traceparent` that `current` gives to each HTTP call of this process, whichever client makes it: both of
 * Node's clients announce a request before it is sent.
 * Sources: undici's docs/api/DiagnosticsChannel.md; Node's documentation of `http.client.request.created`.
 * @param current undefined for a call that gets none
 */
export function propagate(current: () => string | undefined): void {
  subscribe("undici:request:create", (message) => {
    const traceparent = current();
    if (traceparent === undefined) return;
    const { request } = message as { request: FetchRequest };
    request.addHeader?.(header, traceparent);
  });
  subscribe("http.client.request.created", (message) => {
    const traceparent = current();
    if (traceparent === undefined) return;
    const { request } = message as { request: ClientRequest };
    if (!request.headersSent && !request.hasHeader(header)) request.setHeader(header, traceparent);
  });
}
