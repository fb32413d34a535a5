import { createServer, type Server, type Socket } from "node:net";
import { type CommandContext, runCommand } from "../commands/run.ts";
import { buildReply, parseRequest, takeMessage } from "./wire.ts";

/** Serves connections until closed. A connection that breaks the protocol is closed; the others do not notice. */
export function createListener(context: Omit<CommandContext, "connectionId">): Server {
  let lastConnectionId = 0;
  return createServer((socket) => {
    lastConnectionId += 1;
    serve(socket, { ...context, connectionId: lastConnectionId });
  });
}

function serve(socket: Socket, context: CommandContext): void {
  let waiting: Buffer[] = [];
  let size = 0;
  let wanted = 0;
  socket.setNoDelay(true);
  // A reset by the client is the client's business; the close that follows ends the connection.
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    waiting.push(chunk);
    size += chunk.length;
    if (size < wanted) return;
    try {
      const rest = answerAll(socket, Buffer.concat(waiting), context);
      waiting = [rest];
      size = rest.length;
      wanted = rest.length >= 4 ? rest.readInt32LE(0) : 0;
    } catch {
      socket.destroy();
    }
  });
}

function answerAll(socket: Socket, buffer: Buffer, context: CommandContext): Buffer {
  let rest = buffer;
  for (;;) {
    const taken = takeMessage(rest);
    if (taken === undefined) return rest;
    rest = taken.rest;
    const request = parseRequest(taken.message);
    const body = runCommand(request.command, context);
    if (!request.isSilent) socket.write(buildReply(request, body));
  }
}
