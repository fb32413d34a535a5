import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isAnswering } from "../../../src/local/free-port.ts";
import { createFixtureApp, type FixtureApp, START_SCRIPT } from "./support/fixture-app.ts";
import { runStart, type StartUnderTest } from "./support/run-start.ts";
import { waitFor } from "./support/wait-for.ts";

const main = `
import { app } from "@azure/functions";
if (process.env.COMPLAINT) throw new Error(process.env.COMPLAINT);
app.setup({ enableHttpStream: true });
app.http("settings", { handler: async (request) => ({
  jsonBody: Object.fromEntries(request.query.getAll("name").map((name) => [name, process.env[name]])),
}) });
app.http("crash", { handler: async () => { setTimeout(() => { throw new Error("out of the blue"); }); return {}; } });
app.timer("yearly", { schedule: "0 0 0 1 1 *", handler: () => {} });
`;

let app: FixtureApp;
const started: StartUnderTest[] = [];
beforeAll(() => {
  app = createFixtureApp({
    main,
    files: {
      "package.json": JSON.stringify({
        type: "module",
        main: "dist/*.mjs",
        scripts: { start: `node -e 0 && node "${START_SCRIPT}" .` },
      }),
      "local.settings.json": '{"Values":{"A":"local","B":"local","EMPTY":""}}',
      "local.settings.example.json":
        '{"Values":{"AzureWebJobsStorage":"UseDevelopmentStorage=true","A":"example","C":"example","EMPTY":"x","PUBLIC_BASE_URL":""}}',
    },
  });
});
afterAll(() => app.remove());
afterEach(async () => {
  for (const start of started.splice(0)) {
    start.child.kill("SIGINT");
    await start.ended;
  }
});

/** Starts, and is stopped after the test if the test has not done it. */
async function start(...parameters: Parameters<typeof runStart> | []): Promise<StartUnderTest> {
  const [folder = app.folder, environment, command] = parameters;
  const one = await runStart(folder, environment, command);
  started.push(one);
  return one;
}

/** The ports of the parts that it said it has started. */
const partPorts = (output: string) =>
  [...output.matchAll(/^(?:blobs|queues) +http:\/\/127\.0\.0\.1:(\d+)/gm)].map(([, port]) => Number(port));

async function expectNothingLeft(output: string): Promise<void> {
  const ports = partPorts(output);
  expect(ports).toHaveLength(2);
  for (const port of ports) await waitFor(async () => !(await isAnswering(port)), `port ${port} to be free`);
}

describe("npm start", () => {
  it("prints a line a part, applies the settings by their precedence, and ends in good order on Ctrl-C", async () => {
    const one = await (await start(app.folder, { A: "environment" })).ready();
    const lines = one.output().trim().split("\n");
    expect(lines.map((line) => line.slice(0, 11).trim())).toEqual([
      "database",
      "blobs",
      "queues",
      "functions",
      "page",
      "API docs",
      "Muse is rea",
    ]);
    expect(one.output()).toContain("functions  2 http, 0 queue, 1 timer");
    expect(one.output()).not.toContain("hidden");
    expect(lines.at(-1)).toBe(`Muse is ready: ${one.url}`);
    const names = ["A", "B", "C", "EMPTY", "PUBLIC_BASE_URL", "CACHE_DIR", "AzureWebJobsStorage"];
    const query = names.map((name) => `name=${name}`).join("&");
    const settings = await (await fetch(`${one.url}/api/settings?${query}`)).json();
    expect(settings).toMatchObject({ A: "environment", B: "local", C: "example", EMPTY: "", PUBLIC_BASE_URL: one.url });
    expect(settings).toMatchObject({
      CACHE_DIR: expect.stringContaining(".data"),
      AzureWebJobsStorage: expect.stringContaining(`127.0.0.1:${partPorts(one.output())[0]}`),
    });
    const since = Date.now();
    // Ctrl-C under npm comes twice: from the terminal and from npm.
    one.child.kill("SIGINT");
    one.child.kill("SIGINT");
    expect(await one.ended).toBe(0);
    expect(Date.now() - since).toBeLessThan(8000);
    await expectNothingLeft(one.output());
  });

  it("goes on when nothing caught an error, and says that the real worker would not", async () => {
    const one = await (await start()).ready();
    await (await fetch(`${one.url}/api/crash`)).text();
    await waitFor(() => one.output().includes("the real worker process would have ended: Error: out of the blue"));
    expect((await fetch(`${one.url}/api/settings`)).status).toBe(200);
  });

  it("starts anew at once after it was killed, with its parts at the same addresses", async () => {
    const one = await (await start()).ready();
    one.child.kill("SIGKILL");
    expect(await one.ended).toBe("SIGKILL");
    const two = await (await start(app.folder, { PORT: String(one.port) })).ready();
    expect(partPorts(two.output())).toEqual(partPorts(one.output()));
    two.child.kill("SIGTERM");
    expect(await two.ended).toBe(0);
    await expectNothingLeft(two.output());
  });

  it("refuses a folder that is in use, and runs beside another with a folder and a port of its own", async () => {
    const one = await (await start()).ready();
    const refused = await start();
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toMatch(
      /^The data folder .*\.data is used by a running Muse: set MUSE_DATA_DIR to .*\.\n$/,
    );
    const beside = await (await start(app.folder, { MUSE_DATA_DIR: ".data-of-the-second" })).ready();
    expect((await fetch(`${beside.url}/api/settings`)).status).toBe(200);
    expect((await fetch(`${one.url}/api/settings`)).status).toBe(200);
  });

  it("refuses a port that is taken, or that is none, in one line", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = String(typeof address === "object" ? address?.port : 0);
    const taken = await start(app.folder, { PORT: port });
    expect(await taken.ended).toBe(1);
    expect(taken.output()).toBe(`Port ${port} is taken: set PORT to another one.\n`);
    server.close();
    const none = await start(app.folder, { PORT: "none" });
    expect(await none.ended).toBe(1);
    expect(none.output()).toBe('PORT is "none", which is no port (1 to 65535).\n');
  });

  it("says in one line what the app complains of while it loads, and leaves nothing behind", async () => {
    const one = await start(app.folder, { COMPLAINT: "The setting JWT_SECRET is too short." });
    expect(await one.ended).toBe(1);
    expect(one.output()).toBe("The setting JWT_SECRET is too short.\n");
    await (await start()).ready();
  });

  it.skipIf(process.platform === "win32")("ends with one line when its storage ends by itself", async () => {
    const one = await (await start()).ready();
    process.kill(azuriteOf(one), "SIGKILL");
    expect(await one.ended).toBe(1);
    expect(one.output()).toMatch(/Muse is ready: .*\nAzurite ended by itself \(SIGKILL\)\.\n$/);
  });

  it.skipIf(process.platform === "win32")("ends by itself when npm is killed", async () => {
    const one = await (await start(app.folder, {}, ["npm", "start", "--silent"])).ready();
    one.child.kill("SIGKILL");
    await waitFor(async () => !(await isAnswering(one.port)), "the host to end");
    await expectNothingLeft(one.output());
  });
});

/** The Azurite that this start has as its child. */
function azuriteOf({ child }: StartUnderTest): number {
  return Number(execFileSync("pgrep", ["-P", String(child.pid), "-f", "azurite-child"]).toString());
}
