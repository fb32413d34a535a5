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
 * "ready"; is told to "begin", says "login" after each login, and "paused" when it was told to "pause" and all are
 * answered; again and again, until it is told to "end".
 */
const { url, atOnce, ...account }: KeepLoggingIn = workerData;
const port = parentPort;
if (port === null) throw new Error("this is a worker");
const client = new Client(url);
let isPausing = false;

async function keepOn(): Promise<void> {
  while (!isPausing) {
    const { status } = await client.post("/v1/auth/login", account);
    if (status !== 200) throw new Error(`a login was answered ${status}`);
    port?.postMessage("login");
  }
}

async function begin(): Promise<void> {
  isPausing = false;
  await Promise.all(Array.from({ length: atOnce }, keepOn));
  port?.postMessage("paused");
}

port.on("message", (word: "begin" | "pause" | "end") => {
  if (word === "begin") void begin();
  else if (word === "pause") isPausing = true;
  else port.close();
});
port.postMessage("ready");
