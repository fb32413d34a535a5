import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { Client } from "../support/client.ts";

/** What the thread is to do. */
export interface KeepLoggingIn {
  readonly url: string;
  readonly email: string;
  readonly password: string;
  /** How many logins are always under way. */
  readonly atOnce: number;
}

/**
 * A thread of its own: what sends twenty requests at once cannot tell at the same time how long another one took. Says
 * "ready", is told to begin, says "login" after each login, and "ended" when it was told to end and all are answered.
 */
const { url, atOnce, ...account }: KeepLoggingIn = workerData;
const port = parentPort;
if (port === null) throw new Error("this is a worker");
const client = new Client(url);
let isEnding = false;

async function keepOn(): Promise<void> {
  while (!isEnding) {
    const { status } = await client.post("/v1/auth/login", account);
    if (status !== 200) throw new Error(`a login was answered ${status}`);
    port?.postMessage("login");
  }
}

port.postMessage("ready");
await once(port, "message");
port.once("message", () => {
  isEnding = true;
});
await Promise.all(Array.from({ length: atOnce }, keepOn));
port.postMessage("ended");
port.close();
