import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { listen } from "./loopback.ts";

/** A way to a port of this machine that can be closed and opened again, so that the service behind it seems to be down. */
export async function startTcpProxy(targetPort: number) {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;

  async function open(): Promise<void> {
    server = createServer((socket) => {
      const target = connect(targetPort, "127.0.0.1");
      for (const end of [socket, target]) {
        sockets.add(end);
        end.on("close", () => sockets.delete(end));
        end.on("error", () => undefined);
      }
      socket.pipe(target).pipe(socket);
      socket.on("close", () => target.destroy());
      target.on("close", () => socket.destroy());
    });
    port = await listen(server, port);
  }

  async function close(): Promise<void> {
    const closing = server;
    server = undefined;
    for (const socket of sockets) socket.destroy();
    if (closing === undefined) return;
    closing.close();
    await once(closing, "close");
  }

  await open();
  return { port, open, close };
}
