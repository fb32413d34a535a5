/** `npm start`: the whole product on this machine, until Ctrl-C. An argument names another app folder. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { applyLocalSettings } from "./settings.ts";
import { type RunningStack, startStack } from "./stack.ts";
import { oneLine, superviseProcess } from "./supervisor.ts";
import { readPort, withoutPassword, writeParts } from "./terminal.ts";

const appFolder = resolve(process.argv[2] ?? fileURLToPath(new URL("../..", import.meta.url)));
let starting: Promise<RunningStack | undefined> = Promise.resolve(undefined);
const supervisor = superviseProcess(async () => (await starting.catch(() => undefined))?.stop());

try {
  const origins = applyLocalSettings(appFolder, process.env);
  const running = startStack({
    appFolder,
    port: readPort(process.env.PORT),
    dataFolder: resolve(appFolder, process.env.MUSE_DATA_DIR || ".data"),
    origins,
    onExit: supervisor.fail,
  });
  starting = running;
  const stack = await running;
  const count = (kind: string) => stack.functions.filter((summary) => summary.kind === kind).length;
  writeParts([
    ["database", `${stack.mongoDescription}: ${withoutPassword(stack.mongoUri)}`],
    ["blobs", stack.blobUrl],
    ["queues", stack.queueUrl],
    ["functions", `${count("http")} http, ${count("queue")} queue, ${count("timer")} timer`],
    ["Stripe", stack.stripeUrl === undefined ? "as the settings say" : `simulated: ${stack.stripeUrl}`],
    ["page", `${stack.url}/api/app`],
    ["API docs", `${stack.url}/api/docs`],
  ]);
  process.stdout.write(`Muse is ready: ${stack.url}\n`);
} catch (error) {
  supervisor.fail(oneLine(error));
}
