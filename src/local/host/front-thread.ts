/** The thread of the HTTP front: the requests' sockets are here, the app is not. */
import { parentPort } from "node:worker_threads";
import type { FromFront, FrontOptions, InvocationEnd, ToFront } from "./front-messages.ts";
import { type HttpFront, openHttpFront } from "./http-front.ts";
import { describeError } from "./invocations.ts";

const host = parentPort;
if (host === null) throw new Error("front-thread.ts is a thread of the host, not a program.");

const tell = (message: FromFront): void => host.postMessage(message);
const running = new Map<string, (end: InvocationEnd) => void>();
let front: HttpFront | undefined;

async function open(options: FrontOptions): Promise<void> {
  try {
    front = await openHttpFront(options, {
      invoke: (name, request, invocationId) =>
        new Promise((resolve) => {
          running.set(invocationId, resolve);
          tell({ kind: "invoke", name, invocationId, request });
        }),
      run: (name, input) => tell({ kind: "run", name, input }),
      log: (level, message) => tell({ kind: "log", level, message }),
    });
    tell({ kind: "opened", url: front.url });
  } catch (error) {
    tell({ kind: "refused", reason: describeError(error) });
  }
}

host.on("message", (message: ToFront) => {
  switch (message.kind) {
    case "open":
      void open(message.options);
      break;
    case "invoked":
      running.get(message.invocationId)?.(message.end);
      running.delete(message.invocationId);
      break;
    case "close":
      front?.close();
      break;
  }
});
