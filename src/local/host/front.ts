import { Worker } from "node:worker_threads";
import type { FromFront, FrontOptions, HostOfFront, ToFront } from "./front-messages.ts";

export interface Front {
  /**
   * Listens on 127.0.0.1.
   * @returns the address
   * @throws Error with one line, where the port is taken or a route is one that the local host does not know
   */
  open(options: FrontOptions, host: HostOfFront): Promise<string>;
  /** Takes no new connection; those that are open go on. */
  close(): void;
  /** Ends the connections that are still open, and the thread. */
  end(): Promise<void>;
}

/**
 * The HTTP side of the host, in a thread of its own: on Azure the host is another process, and neither waits for the
 * other's work. Begins at once, so that the thread is there when the app is loaded.
 */
export function startFront(): Front {
  const thread = new Worker(new URL("./front-thread.ts", import.meta.url));
  const tell = (message: ToFront): void => thread.postMessage(message);
  const opening = Promise.withResolvers<string>();
  let isOpen = false;
  thread.on("error", (error) => {
    // Nobody answers any more: that is the process's end, as it would be on one thread.
    if (isOpen) throw error;
    opening.reject(error);
  });
  opening.promise.catch(() => undefined);

  return {
    open(options, host) {
      thread.on("message", (message: FromFront) => {
        switch (message.kind) {
          case "opened":
            isOpen = true;
            opening.resolve(message.url);
            break;
          case "refused":
            opening.reject(new Error(message.reason));
            break;
          case "invoke": {
            const { name, request, invocationId } = message;
            void host.invoke(name, request, invocationId).then((end) => tell({ kind: "invoked", invocationId, end }));
            break;
          }
          case "run":
            host.run(message.name, message.input);
            break;
          case "log":
            host.log(message.level, message.message);
            break;
        }
      });
      tell({ kind: "open", options });
      return opening.promise;
    },
    close: () => tell({ kind: "close" }),
    end: async () => void (await thread.terminate()),
  };
}
