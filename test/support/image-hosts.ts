import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { listen } from "./loopback.ts";

export type HostMode = "good" | "500" | "garbage" | "reset" | "silent" | "undeletable";

/** Stand-ins for ImgBB and PostImages on one port: what they are given, they keep, show and delete by address. */
export async function startImageHosts() {
  const pictures = new Map<string, Buffer>();
  const modes: Record<string, HostMode> = { imgbb: "good", postimages: "good" };
  const uploads: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const base = `http://127.0.0.1:${await listen(server)}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, host = "", action = "", id = ""] = new URL(request.url ?? "/", base).pathname.split("/");
    if (request.method === "POST" && action === "1") return upload(host, request, response);
    const picture = pictures.get(id);
    if (picture === undefined) return void response.writeHead(404).end();
    if (action === "show") return void response.writeHead(200, { "content-type": "image/png" }).end(picture);
    if (modes[host] === "undeletable") return void response.writeHead(500).end();
    pictures.delete(id);
    response.writeHead(200).end("deleted");
  }

  async function upload(host: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const mode = modes[host];
    if (mode === "reset") return void request.socket.destroy();
    if (mode === "silent") return delay(60_000, undefined, { ref: false });
    if (mode === "500") return void response.writeHead(500).end("broken");
    if (mode === "garbage") return void response.writeHead(200).end("<html>come back later</html>");
    const image = /name="image"\r\n\r\n([A-Za-z0-9+/=]+)/.exec(body)?.[1] ?? "";
    const id = `${host}${pictures.size}x${uploads.length}`;
    pictures.set(id, Buffer.from(image, "base64"));
    uploads.push(host);
    const url = `${base}/${host}/show/${id}`;
    const deleteUrl = `${base}/${host}/delete/${id}/secret`;
    if (host === "imgbb") {
      const data = { id, url, display_url: url, size: "1", expiration: "0", thumb: { url }, delete_url: deleteUrl };
      response.writeHead(200).end(JSON.stringify({ data, success: true, status: 200 }));
      return;
    }
    const links = `<page>${base}/${host}</page><hotlink>${url}</hotlink><delete>${deleteUrl}</delete>`;
    response.writeHead(200).end(`<?xml version="1.0"?><data success="1" status="200"><links>${links}</links></data>`);
  }

  return {
    base,
    pictures,
    modes,
    uploads,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}
