import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createGuardedHttp } from "../../../src/platform/guarded-http.ts";

const open = createGuardedHttp({ allowsLoopback: true });
const strict = createGuardedHttp({ allowsLoopback: false });
const limits = { maxBytes: 1_000, timeoutMs: 2_000 };

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const refused = { code: "unprocessable", isRetryable: false };

describe("guarded HTTP", () => {
  it.each([
    "ftp://example.org/",
    "file:///etc/passwd",
    "not an address",
    "http://user:secret@example.org/",
    "http://10.1.2.3/",
    "http://172.20.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://0.0.0.0/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[64:ff9b::a00:1]/",
    "http://[::]/",
  ])("refuses %s at first sight, on a laptop too", async (url) => {
    expect(open.refusal(url)).toMatch(/must/);
    await expect(open.fetchPublic({ url, ...limits })).rejects.toMatchObject(refused);
  });

  it.each([
    "http://127.0.0.1/",
    "http://127.8.9.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://localhost/",
    "http://localhost./",
    "http://sub.localhost:8080/",
    "http://[::1]/",
  ])("refuses %s where loopback is not allowed", (url) => {
    expect(strict.refusal(url)).toBe("must be a public address");
  });

  it.each(["https://example.org/hook?x=1", "http://8.8.8.8:8080/", "http://[2606:4700::1111]/"])("takes %s", (url) => {
    expect(strict.refusal(url)).toBeNull();
  });

  it("looks at what a name resolves to at the moment of each connection", async () => {
    const url = await serve((_request, response) => response.end("reached"));
    const { port } = new URL(url);
    let address = "127.0.0.1";
    const rebinding = createGuardedHttp({
      allowsLoopback: true,
      lookup: (_name, _options, done) => done(null, [{ address, family: 4 }]),
    });
    const named = { url: `http://receiver.example:${port}/`, ...limits };
    expect(Buffer.from((await rebinding.fetchPublic(named)).bytes).toString()).toBe("reached");
    address = "169.254.169.254";
    await expect(rebinding.fetchPublic(named)).rejects.toMatchObject(refused);
    await expect(strict.fetchPublic({ url, ...limits })).rejects.toMatchObject(refused);
  });

  it("sends what it is given and gives back what comes, whatever the status", async () => {
    const url = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.writeHead(418, { "x-seen": String(request.headers["x-mine"]) }).end(Buffer.concat(chunks));
    });
    const answer = await open.fetchPublic({
      url,
      method: "POST",
      headers: { "x-mine": "1", "content-type": "application/json" },
      body: '{"a": "ä"}',
      ...limits,
    });
    expect([answer.status, answer.headers["x-seen"]]).toEqual([418, "1"]);
    expect(Buffer.from(answer.bytes).toString()).toBe('{"a": "ä"}');
  });

  it("reads no more than its limit and waits no longer than its time", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/large") response.end(Buffer.alloc(1_001));
      else response.write("a");
    });
    await expect(open.fetchPublic({ url: `${url}/large`, ...limits })).rejects.toMatchObject({
      code: "payload_too_large",
    });
    await expect(open.fetchPublic({ url, ...limits, timeoutMs: 100 })).rejects.toMatchObject({
      code: "unprocessable",
      isRetryable: true,
    });
  });

  it("follows redirects only when asked to, and checks each hop", async () => {
    const url = await serve((request, response) => {
      const to = { "/once": "/end", "/away": "http://10.0.0.1/", "/loop": "/loop" }[request.url ?? ""];
      if (to === undefined) response.end("end");
      else response.writeHead(302, { location: to }).end();
    });
    expect((await open.fetchPublic({ url: `${url}/once`, ...limits })).status).toBe(302);
    const followed = await open.fetchPublic({ url: `${url}/once`, ...limits, maxRedirects: 3 });
    expect(Buffer.from(followed.bytes).toString()).toBe("end");
    await expect(open.fetchPublic({ url: `${url}/away`, ...limits, maxRedirects: 3 })).rejects.toMatchObject(refused);
    await expect(open.fetchPublic({ url: `${url}/loop`, ...limits, maxRedirects: 3 })).rejects.toMatchObject(refused);
  });
});
