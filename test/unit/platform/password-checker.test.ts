import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createPasswordChecker } from "../../../src/platform/password-checker.ts";
import type { Logger } from "../../../src/ports/platform.ts";

const warnings: string[] = [];
const logger = { warn: (_fields: object, message: string) => warnings.push(message) } as unknown as Logger;
const undo: (() => void)[] = [];

afterEach(() => {
  for (const step of undo.splice(0)) step();
  warnings.length = 0;
});

/** SHA-1 of "password": 5BAA6 1E4C9B93F3F0682250B6CF8331B7EE68FD8. */
async function rangeService(status: number, body: string) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    response.writeHead(status).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range`;
  return { paths, checker: createPasswordChecker({ breachedUrl: url, logger }) };
}

describe("stolen passwords", () => {
  it("are found by five digits of their hash", async () => {
    const { checker, paths } = await rangeService(200, "0018A:3\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD8:9659365\r\n");
    expect(await checker.isBreached("password")).toBe(true);
    expect(await checker.isBreached("another one")).toBe(false);
    expect(paths).toEqual(["/range/5BAA6", expect.stringMatching(/^\/range\/[0-9A-F]{5}$/)]);
  });

  it("are not those that only fill the answer up", async () => {
    const { checker } = await rangeService(200, "1E4C9B93F3F0682250B6CF8331B7EE68FD8:0");
    expect(await checker.isBreached("password")).toBe(false);
  });

  it("keep nobody out while the service fails", async () => {
    const { checker } = await rangeService(500, "");
    expect(await checker.isBreached("password")).toBe(false);
    expect(warnings).toHaveLength(1);
  });
});
