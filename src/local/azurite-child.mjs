/**
 * Runs Azurite's own entry so that it cannot outlive the process that started it: when that process goes, by whatever
 * signal, the IPC channel between the two closes. Azurite then saves and closes as on SIGTERM.
 */
import { createRequire } from "node:module";

const CLOSE_DEADLINE_MILLISECONDS = 3000;

// With the parent killed nobody reads the output: an unheard EPIPE would end Azurite before it has saved.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

process.once("disconnect", () => {
  process.emit("SIGTERM");
  // For an Azurite that was still starting, and so had no handler of the signal yet.
  setTimeout(() => process.exit(0), CLOSE_DEADLINE_MILLISECONDS).unref();
});

createRequire(import.meta.url)("azurite/dist/src/azurite.js");
