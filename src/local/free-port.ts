import { randomInt } from "node:crypto";
import { connect, createServer } from "node:net";

/**
 * Below what systems give away by themselves (Linux from 32768, others from 49152): a port from there could be somebody
 * else's before it is listened on, a second later.
 */
const firstPort = 20_000;
const endOfPorts = 32_000;
const maxTries = 100;

/** Resolves with a port of 127.0.0.1 that nothing listens on, and that nobody gets by chance. */
export async function findFreePort(): Promise<number> {
  for (let tried = 0; tried < maxTries; tried += 1) {
    const port = randomInt(firstPort, endOfPorts);
    if (!(await isPortTaken(port))) return port;
  }
  throw new Error("No free port was found on 127.0.0.1.");
}

/** True if something answers on this port of 127.0.0.1, or if it cannot be listened on for another reason. */
export async function isPortTaken(port: number): Promise<boolean> {
  return (await isAnswering(port)) || !(await canListen(port));
}

/** True if something accepts connections on this port of 127.0.0.1. */
export async function isAnswering(port: number): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 1000 });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(false));
    socket.once("error", () => settle(false));
  });
}

async function canListen(port: number): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
