import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostUnderTest, runHost } from "./support/run-host.ts";
import { waitFor } from "./support/wait-for.ts";

const main = `
import { app } from "@azure/functions";
app.http("root", { route: "{x:maxlength(0)?}", handler: async () => ({ body: "root" }) });
app.http("echo", { handler: async (request) => ({
  status: 201,
  headers: { "x-own": "yes" },
  cookies: [{ name: "session", value: "a b", path: "/", httpOnly: true, sameSite: "Lax", maxAge: 60 }],
  jsonBody: { t: request.query.getAll("t"), body: await request.text(), params: request.params },
}) });
app.http("throws", { handler: async () => { throw new Error("boom"); } });
app.http("nothing", { handler: async () => undefined });
app.http("slow", { handler: async () => { await new Promise((resolve) => setTimeout(resolve, 1500)); return {}; } });
app.http("blocks", { handler: async () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800); return {}; } });
`;

let host: HostUnderTest;
beforeAll(async () => {
  host = await runHost({
    main,
    hostJson: { functionTimeout: "00:00:01", extensions: { http: { routePrefix: "" } } },
    environment: { AzureWebJobsDisableHomepage: "true" },
  });
});
afterAll(async () => void (await host?.stop()));

describe("without streaming, as in the real worker", () => {
  it("a response comes whole, with its status, headers and cookies", async () => {
    const response = await fetch(`${host.url}/echo`, { method: "POST", body: "hello" });
    expect([response.status, response.headers.get("x-own")]).toEqual([201, "yes"]);
    expect(response.headers.getSetCookie()).toEqual(["session=a%20b; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"]);
    expect(await response.json()).toMatchObject({ body: "hello" });
  });

  it("a name that is repeated in the query arrives as one value", async () => {
    expect(await (await fetch(`${host.url}/echo?t=1&t=2`)).json()).toMatchObject({ t: ["1,2"] });
  });

  it("a body without a length is lost", async () => {
    const body = ReadableStream.from([new TextEncoder().encode("hello")]);
    const init: RequestInit = { method: "POST", body, duplex: "half" };
    expect(await (await fetch(`${host.url}/echo`, init)).json()).toMatchObject({ body: "" });
  });

  it("a handler that throws is a 500 without a word, and the host logs it", async () => {
    const response = await fetch(`${host.url}/throws`);
    expect([response.status, await response.text()]).toEqual([500, ""]);
    await waitFor(() => host.lines.join("\n").includes("error: throws failed: boom"));
  });

  it("a handler that returns nothing is a 204", async () => {
    expect((await fetch(`${host.url}/nothing`)).status).toBe(204);
  });

  it("a handler that runs longer than functionTimeout is given up", async () => {
    expect((await fetch(`${host.url}/slow`)).status).toBe(500);
    await waitFor(() => host.lines.join("\n").includes("slow ran longer than functionTimeout (1 s)"));
  });

  it("a handler that keeps its thread busy does not hold up the host", async () => {
    const order: string[] = [];
    const blocked = fetch(`${host.url}/blocks`).then(() => order.push("function"));
    await fetch(`${host.url}/admin/host/status`).then(() => order.push("host"));
    await blocked;
    expect(order).toEqual(["host", "function"]);
  });

  it("a function can own / where the host's home page is off and there is no prefix", async () => {
    expect(await (await fetch(host.url)).text()).toBe("root");
    expect((await fetch(`${host.url}/other`)).status).toBe(404);
  });
});
