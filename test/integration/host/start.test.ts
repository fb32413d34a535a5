import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { isAnswering } from "../../../src/local/free-port.ts";
import { createFixtureApp, type FixtureApp, SERVICES_SCRIPT, START_SCRIPT } from "./support/fixture-app.ts";
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
app.http("endless", { handler: (request, context) => { context.log("it runs"); return new Promise(() => {}); } });
app.timer("yearly", { schedule: "0 0 0 1 1 *", handler: () => {} });
`;

/** A storage of one's own, which nothing in these tests asks: it saves the start of an Azurite. */
const OWN_STORAGE = {
  AzureWebJobsStorage:
    "BlobEndpoint=http://127.0.0.1:9/blobs;QueueEndpoint=http://127.0.0.1:9/queues;SharedAccessSignature=x",
};

/** Whichever database is to be had, in the data folder. */
const OWN_DATABASE = { MONGODB_URI: "" };

let app: FixtureApp;
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

type Environment = Readonly<Record<string, string>>;

/** Starts, in a data folder of the test's own unless told otherwise, and is stopped after the test if not before. */
async function start(
  { task, onTestFinished }: TestContext,
  environment: Environment = {},
  command?: readonly [string, ...string[]],
): Promise<StartUnderTest> {
  const one = await runStart(app.folder, { MUSE_DATA_DIR: `.data-${task.id}`, ...environment }, command);
  onTestFinished(async () => {
    one.child.kill("SIGINT");
    await one.ended;
  });
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

// Several stacks start side by side, some tests two of them: a busy machine needs its time for it.
describe.concurrent("npm start", { timeout: 90_000 }, () => {
  it("prints a line a part, applies the settings by their precedence, and ends in good order on Ctrl-C", async (context) => {
    const one = await (await start(context, { A: "environment" })).ready();
    const lines = one.output().trim().split("\n");
    expect(lines.map((line) => line.slice(0, 11).trim())).toEqual([
      "database",
      "blobs",
      "queues",
      "functions",
      "Stripe",
      "page",
      "API docs",
      "Muse is rea",
    ]);
    expect(one.output()).toContain("functions  3 http, 0 queue, 1 timer");
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

  it("ends at once on a second Ctrl-C, whatever still runs", async (context) => {
    const one = await (await start(context, OWN_STORAGE)).ready();
    expect(one.output()).toContain("queues     http://127.0.0.1:9/queues");
    fetch(`${one.url}/api/endless`).catch(() => undefined);
    await waitFor(() => one.output().includes("endless: it runs"));
    const since = Date.now();
    await waitFor(() => {
      one.child.kill("SIGINT");
      return one.child.exitCode !== null;
    });
    expect(await one.ended).toBe(130);
    expect(Date.now() - since).toBeLessThan(4000);
  });

  it("goes on when nothing caught an error, and says that the real worker would not", async (context) => {
    const one = await (await start(context, OWN_STORAGE)).ready();
    await (await fetch(`${one.url}/api/crash`)).text();
    await waitFor(() => one.output().includes("the real worker process would have ended: Error: out of the blue"));
    expect((await fetch(`${one.url}/api/settings`)).status).toBe(200);
  });

  it("starts anew at once after it was killed, database and all, with its storage where it was", async (context) => {
    const one = await (await start(context, OWN_DATABASE)).ready();
    one.child.kill("SIGKILL");
    expect(await one.ended).toBe("SIGKILL");
    const two = await (await start(context, { ...OWN_DATABASE, PORT: String(one.port) })).ready();
    expect(partPorts(two.output())).toEqual(partPorts(one.output()));
    two.child.kill("SIGTERM");
    expect(await two.ended).toBe(0);
    await expectNothingLeft(two.output());
  });

  it("refuses a folder that is in use, and runs beside another with a folder and a port of its own", async (context) => {
    const one = await (await start(context, OWN_STORAGE)).ready();
    const refused = await start(context);
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toMatch(
      /^The data folder .*\.data-.* is used by a running Muse: set MUSE_DATA_DIR to .*\.\n$/,
    );
    const beside = await (await start(context, { ...OWN_STORAGE, MUSE_DATA_DIR: ".data-of-the-second" })).ready();
    expect((await fetch(`${beside.url}/api/settings`)).status).toBe(200);
    expect((await fetch(`${one.url}/api/settings`)).status).toBe(200);
  });

  it("refuses a port that is taken, or that is none, in one line", async (context) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = String(typeof address === "object" ? address?.port : 0);
    const taken = await start(context, { PORT: port });
    expect(await taken.ended).toBe(1);
    expect(taken.output()).toBe(`Port ${port} is taken: set PORT to another one.\n`);
    server.close();
    const none = await start(context, { PORT: "none" });
    expect(await none.ended).toBe(1);
    expect(none.output()).toBe('PORT is "none", which is no port (1 to 65535).\n');
  });

  it("says in one line what the app complains of while it loads, and leaves nothing behind", async (context) => {
    const one = await start(context, { COMPLAINT: "The setting JWT_SECRET is too short." });
    expect(await one.ended).toBe(1);
    expect(one.output()).toBe("The setting JWT_SECRET is too short.\n");
    await (await start(context, OWN_STORAGE)).ready();
  });

  it.skipIf(process.platform === "win32")("ends with one line when its storage ends by itself", async (context) => {
    const one = await (await start(context)).ready();
    process.kill(azuriteOf(one), "SIGKILL");
    expect(await one.ended).toBe(1);
    expect(one.output()).toMatch(/Muse is ready: .*\nAzurite ended by itself \(SIGKILL\)\.\n$/);
  });

  it.skipIf(process.platform === "win32")("ends by itself when npm is killed", async (context) => {
    const one = await (await start(context, {}, ["npm", "start", "--silent"])).ready();
    one.child.kill("SIGKILL");
    await waitFor(async () => !(await isAnswering(one.port)), "the host to end");
    await expectNothingLeft(one.output());
  });
});

describe.concurrent("npm run services", () => {
  it("prints the two settings that another host needs, and ends on Ctrl-C", async (context) => {
    const command = [process.execPath, SERVICES_SCRIPT, app.folder] as const;
    const one = await (await start(context, {}, command)).ready("The services are ready.");
    const [json = ""] = /^\{[^}]*\}/m.exec(one.output()) ?? [];
    const settings = JSON.parse(json) as Record<string, string>;
    expect(settings.MONGODB_URI).toMatch(/^mongodb:/);
    expect(settings.AzureWebJobsStorage).toContain(`127.0.0.1:${partPorts(one.output())[0]}`);
    one.child.kill("SIGINT");
    expect(await one.ended).toBe(0);
    await expectNothingLeft(one.output());
  });
});

/** The Azurite that this start has as its child. */
function azuriteOf({ child }: StartUnderTest): number {
  return Number(execFileSync("pgrep", ["-P", String(child.pid), "-f", "azurite-child"]).toString());
}
