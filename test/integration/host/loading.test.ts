import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { runHost } from "./support/run-host.ts";

const library = readFileSync(createRequire(import.meta.url).resolve("@azure/functions"), "utf8");
const http = (name: string) => `app.http("${name}", { handler: async () => ({ body: "${name}" }) });`;
const importApp = 'import { app } from "@azure/functions";\n';

/** Whatever starts is stopped again; the message is what start-up failed with. */
async function failureOf(options: Parameters<typeof runHost>[0]): Promise<string> {
  try {
    await (await runHost(options)).stop();
    return "it started";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe.concurrent("an app", () => {
  it("may be spread over several modules that main names by a glob, and may be CommonJS", async () => {
    const host = await runHost({
      main: importApp + http("first"),
      files: {
        "package.json": JSON.stringify({ main: "dist/*.{mjs,cjs}" }),
        "dist/second.cjs": `const { app } = require("@azure/functions");\n${http("second")}`,
      },
    });
    try {
      expect(host.functions.map(({ name }) => name)).toEqual(["first", "second"]);
      expect(await (await fetch(`${host.url}/api/second`)).text()).toBe("second");
    } finally {
      await host.stop();
    }
  });

  it.each([
    ["registers nothing", "export {};", "The app registered no function."],
    [
      "throws a complaint of its own",
      'throw new Error("The setting JWT_SECRET is missing.");',
      "The setting JWT_SECRET is missing.",
    ],
    [
      "throws in an appStart hook",
      `${importApp}${http("a")} app.hook.appStart(() => { throw new Error("no start"); });`,
      "no start",
    ],
    [
      "registers a name twice",
      importApp + http("one") + http("ONE"),
      'A function with the name "ONE" was registered twice.',
    ],
    ["has a name that Azure refuses", importApp + http("1st"), '"1st" is not a valid function name.'],
    [
      "names a missing setting as a queue",
      `${importApp}app.storageQueue("q", { queueName: "%NO_SUCH_SETTING%", connection: "", handler: () => {} });`,
      "The setting NO_SUCH_SETTING is missing: the queue function q needs it.",
    ],
    [
      "names a missing setting as a connection",
      `${importApp}app.storageQueue("q", { queueName: "q", connection: "NO_SUCH_SETTING", handler: () => {} });`,
      "The setting NO_SUCH_SETTING is missing: a queue's binding names it as its connection.",
    ],
    [
      "has a schedule that is none",
      `${importApp}app.timer("t", { schedule: "every day", handler: () => {} });`,
      '"every day" is no NCRONTAB schedule of six fields: it has 2.',
    ],
    [
      "uses a trigger that only the real host serves",
      `${importApp}app.storageBlob("b", { path: "x/{name}", connection: "", handler: () => {} });`,
      'The function b has a binding "blobTrigger", which the local host does not serve: use `func start`.',
    ],
  ])("that %s fails to start with one line", async (_why, main, message) => {
    const failure = await failureOf({ main });
    expect(failure).toContain(message);
    expect(failure).not.toContain("\n");
  });

  it("that is not built fails with a word about it", async () => {
    const files = { "package.json": JSON.stringify({ main: "dist/none.js" }) };
    expect(await failureOf({ main: "", files })).toContain("there is no such file. Build first.");
  });

  it.each([
    [{ extensions: { queues: { batchSize: 33 } } }, "extensions.queues.batchSize is 33"],
    [{ extensions: { queues: { visibilityTimeout: "ten" } } }, "extensions.queues.visibilityTimeout"],
    [{ extensions: { queues: { messageEncoding: "hex" } } }, "extensions.queues.messageEncoding"],
    [{ functionTimeout: 5 }, "functionTimeout"],
  ])("with a wrong host.json fails with the setting's name: %j", async (hostJson, setting) => {
    expect(await failureOf({ main: importApp + http("a"), hostJson })).toContain(`host.json: ${setting}`);
  });

  it.each([
    ["that both register", `${http("one")} other.http("two", { handler: async () => ({}) });`],
    ["of which one streams and the other registers", `other.setup({ enableHttpStream: true });${http("one")}`],
  ])("with two copies of the library %s fails with a word about it", async (_which, main) => {
    const prelude = `import copy from "./copy.cjs";\nconst other = copy.app;\n${importApp}`;
    const files = { "dist/copy.cjs": library };
    expect(await failureOf({ main: prelude + main, files })).toContain("two copies of @azure/functions");
  });
});
