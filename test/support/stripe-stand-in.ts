import { createHmac } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import { listen } from "./loopback.ts";

export interface StripeRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly idempotencyKey: string | undefined;
}

/** A Stripe on loopback that a test plays. @param answer answers one request, or leaves it without an answer */
export async function startStripe(
  answer: (request: StripeRequest, response: ServerResponse) => void,
): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const { pathname: path } = new URL(request.url ?? "/", "http://localhost");
      const key = request.headers["idempotency-key"];
      const idempotencyKey = typeof key === "string" ? key : undefined;
      answer({ method: request.method ?? "", path, body, idempotencyKey }, response);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An event as Stripe sends it: its body, and the header that signs it. @param options.signedAt seconds since the epoch */
export function signedEvent(
  event: { readonly id: string; readonly type: string; readonly object: unknown; readonly created: number },
  options: { readonly secret: string; readonly signedAt: number },
): { readonly body: string; readonly signature: string } {
  const { object, ...facts } = event;
  const body = JSON.stringify({ ...facts, object: "event", data: { object } }, null, 2);
  const hash = createHmac("sha256", options.secret).update(`${options.signedAt}.${body}`).digest("hex");
  return { body, signature: `t=${options.signedAt},v1=${hash}` };
}
