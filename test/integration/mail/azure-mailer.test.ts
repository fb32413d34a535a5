import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createAzureMailer } from "../../../src/mail/azure-mailer.ts";

/** Azure Communication Services, as far as the adapter speaks with it. */
interface Received {
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  // biome-ignore lint/suspicious/noExplicitAny: the service's own JSON
  readonly body: any;
}

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function standIn(statuses: readonly number[]): Promise<{ connectionString: string; received: Received[] }> {
  const received: Received[] = [];
  server = createServer(async (request, response) => {
    if (request.method === "GET") {
      // The client looks once how far the message is.
      response.writeHead(200, { "content-type": "application/json" }).end('{"id":"operation","status":"Running"}');
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const status = statuses[received.length] ?? 202;
    received.push({
      path: request.url ?? "",
      headers: request.headers,
      body: JSON.parse(String(Buffer.concat(chunks))),
    });
    const headers = {
      "content-type": "application/json",
      "operation-location": `http://${request.headers.host}/operation`,
    };
    const body = status === 202 ? { id: "operation", status: "Running" } : { error: { code: "Failed", message: "no" } };
    response.writeHead(status, headers).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const key = Buffer.from("a key of the test").toString("base64");
  return { connectionString: `endpoint=http://127.0.0.1:${port}/;accesskey=${key}`, received };
}

const mail = { to: "ada@example.com", subject: "Hello", text: "How are you?" };

describe("mail by Azure Communication Services", () => {
  it("hands one signed plain-text message over and does not wait for its delivery", async () => {
    const { connectionString, received } = await standIn([]);
    await createAzureMailer({ connectionString, from: "muse@example.com" }).send(mail);
    expect(received).toHaveLength(1);
    expect(received[0]?.path).toMatch(/^\/emails:send\?/);
    expect(received[0]?.headers.authorization).toMatch(/^HMAC-SHA256 /);
    expect(received[0]?.body).toMatchObject({
      senderAddress: "muse@example.com",
      recipients: { to: [{ address: "ada@example.com" }] },
      content: { subject: "Hello", plainText: "How are you?" },
    });
  });

  it("tries again when the service is busy, under one operation id, so that one message goes out", async () => {
    const { connectionString, received } = await standIn([503, 429]);
    await createAzureMailer({ connectionString, from: "muse@example.com" }).send(mail);
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ headers }) => headers["operation-id"])).size).toBe(1);
    expect(received[0]?.headers["operation-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is unavailable when the service refuses, without a word of it", async () => {
    const { connectionString, received } = await standIn([401]);
    const sending = createAzureMailer({ connectionString, from: "muse@example.com" }).send(mail);
    await expect(sending).rejects.toMatchObject({ code: "unavailable" });
    await expect(sending).rejects.not.toThrow(/accesskey|127\.0\.0\.1/);
    expect(received).toHaveLength(1);
  });
});
