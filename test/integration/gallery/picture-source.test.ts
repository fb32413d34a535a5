import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPictureSource } from "../../../src/operations/gallery/picture-source.ts";
import { createGuardedHttp } from "../../../src/platform/guarded-http.ts";
import { scene } from "../../support/pictures.ts";

let server: Server;
let address: string;
let picture: Buffer;
const asked: string[] = [];

beforeAll(async () => {
  picture = await scene("sun");
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const location = request.url === "/circle" ? "/circle" : new URL(request.url ?? "", address).searchParams.get("to");
    if (location !== null) response.writeHead(302, { location }).end();
    else if (request.url === "/gone.png") response.writeHead(404).end("no");
    else if (request.url === "/empty.png") response.end();
    else if (request.url === "/large.png") response.end(Buffer.alloc(53_000_000));
    else response.end(picture);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  address = `http://127.0.0.1:${typeof bound === "object" ? bound?.port : ""}`;
});

afterAll(() => {
  server.close();
});

/** Loopback stands for the public internet here; every other private address is what it is. */
const http = createGuardedHttp({ allowsLoopback: true });
const read = (url: string) => readPictureSource({ pictureHttp: http }, { url });

describe("a picture by its address", () => {
  it("is fetched, also over a redirect", async () => {
    expect(await read(`${address}/sun.png`)).toMatchObject({ field: "url", bytes: picture });
    expect((await read(`${address}/a?to=/sun.png`)).bytes).toEqual(picture);
  });

  it.each([
    ["http://10.0.0.1/a.png"],
    ["http://169.254.169.254/latest/meta-data/"],
    ["http://[fd00::1]/a.png"],
    ["file:///etc/passwd"],
    ["http://metadata.internal:1@10.0.0.1/"],
  ])("is not fetched when it redirects to %s", async (target) => {
    await expect(read(`${address}/a?to=${encodeURIComponent(target)}`)).rejects.toMatchObject({
      code: "unprocessable",
      errors: [{ path: "url" }],
    });
  });

  it("is not fetched from a name that stands for a private address", async () => {
    asked.length = 0;
    const port = new URL(address).port;
    const pictureHttp = createGuardedHttp({
      allowsLoopback: false,
      lookup: (_name, options, callback) =>
        options.all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4),
    });
    const url = `http://pictures.example:${port}/sun.png`;
    await expect(readPictureSource({ pictureHttp }, { url })).rejects.toMatchObject({
      code: "unprocessable",
      errors: [{ path: "url" }],
    });
    expect(asked).toEqual([]);
  });

  it.each([
    ["/gone.png", "unprocessable"],
    ["/empty.png", "unprocessable"],
    ["/large.png", "payload_too_large"],
  ])("%s is refused as %s, naming the field", async (path, code) => {
    await expect(read(address + path)).rejects.toMatchObject({ code, errors: [{ path: "url" }] });
  });

  it("is not followed in circles", async () => {
    asked.length = 0;
    await expect(read(`${address}/circle`)).rejects.toMatchObject({ code: "unprocessable" });
    expect(asked.length).toBeLessThanOrEqual(5);
  });
});
