/** Runs one host in a process of its own, for tests: what an app registers cannot be taken back within a process. */
import { type HostOptions, startHost } from "../../../../src/local/host/host.ts";

const send = (message: object) => process.send?.(message);
process.once("disconnect", () => process.exit(0));

try {
  const options = JSON.parse(process.argv[2] ?? "{}") as Omit<HostOptions, "log">;
  const host = await startHost({ ...options, log: (level, message) => send({ log: `${level}: ${message}` }) });
  process.once("message", async () => {
    await host.stop();
    process.disconnect();
  });
  send({ ready: { url: host.url, functions: host.functions } });
} catch (error) {
  send({ failed: error instanceof Error ? error.message : String(error) });
}
