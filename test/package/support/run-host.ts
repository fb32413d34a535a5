/** Runs a deployed app folder on the local host, as production: `run-host.ts <app folder> <port>`. Settings come from the environment alone. */
import "./loopback.ts";
import { startHost } from "../../../src/local/host/host.ts";

const [appFolder, port] = process.argv.slice(2);
// The host's own way to the storage, where the app uses an identity.
const storageConnectionString = process.env.HOST_STORAGE ?? process.env.AzureWebJobsStorage;
if (appFolder === undefined || storageConnectionString === undefined)
  throw new Error("usage: run-host.ts <app folder> <port>");

const host = await startHost({
  appFolder,
  port: Number(port),
  storageConnectionString,
  isProduction: true,
  log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
});
process.stdout.write(`listening: ${host.url}\n`);
process.once("SIGTERM", () => void host.stop().then(() => process.exit(0)));
