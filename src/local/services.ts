/** `npm run services`: only the database and the storage, for a host of one's own such as `func start`, until Ctrl-C. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { lockDataFolder } from "./data-folder-lock.ts";
import { launchServices, type RunningServices } from "./services-launcher.ts";
import { applyLocalSettings } from "./settings.ts";
import { oneLine, superviseProcess } from "./supervisor.ts";
import { withoutPassword, writeParts } from "./terminal.ts";

const appFolder = resolve(process.argv[2] ?? fileURLToPath(new URL("../..", import.meta.url)));
let starting: Promise<RunningServices | undefined> = Promise.resolve(undefined);
let unlock = () => {};
const supervisor = superviseProcess(async () => {
  await (await starting.catch(() => undefined))?.stop();
  unlock();
});

try {
  const origins = applyLocalSettings(appFolder, process.env);
  // What stands in the file was printed by an earlier run, and nobody answers there any more.
  for (const name of ["MONGODB_URI", "AzureWebJobsStorage"]) {
    if (origins.get(name) !== "environment") delete process.env[name];
  }
  const dataFolder = resolve(appFolder, process.env.MUSE_DATA_DIR || ".data");
  unlock = await lockDataFolder(dataFolder);
  const running = launchServices({ dataFolder, origins, onExit: supervisor.fail });
  starting = running;
  const services = await running;
  writeParts([
    ["database", `${services.mongoDescription}: ${withoutPassword(services.mongoUri)}`],
    ["blobs", services.blobUrl],
    ["queues", services.queueUrl],
  ]);
  const settings = { MONGODB_URI: services.mongoUri, AzureWebJobsStorage: services.storageConnectionString };
  process.stdout.write(
    "Put these two into the Values of local.settings.json, then run `func start` (take them out again for `npm start`):\n",
  );
  process.stdout.write(`${JSON.stringify(settings, null, 2)}\n`);
  process.stdout.write("The services are ready. Ctrl-C ends them.\n");
} catch (error) {
  supervisor.fail(oneLine(error));
}
