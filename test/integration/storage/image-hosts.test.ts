import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createImageHosts } from "../../../src/storage/hosts/image-hosts.ts";
import { createImgbb } from "../../../src/storage/hosts/imgbb.ts";
import { createPostImages } from "../../../src/storage/hosts/postimages.ts";
import { startImageHosts } from "../../support/image-hosts.ts";
import { closedPort, rejection } from "./support.ts";

let standIn: Awaited<ReturnType<typeof startImageHosts>>;

beforeAll(async () => {
  standIn = await startImageHosts();
});

beforeEach(() => {
  Object.assign(standIn.modes, { imgbb: "good", postimages: "good" });
});

afterAll(() => standIn.stop());

const makers = { imgbb: createImgbb, postimages: createPostImages } as const;
const picture = { name: "picture", bytes: Buffer.from("the bytes of a picture"), mimeType: "image/png" };

describe.each(["imgbb", "postimages"] as const)("%s", (service) => {
  const host = (more: { timeoutMs?: number } = {}) =>
    makers[service]({ apiKey: "a-secret-key", baseUrl: `${standIn.base}/${service}`, ...more });

  it("takes a picture, shows it and deletes it by the address that it gave", async () => {
    const { url, deleteUrl = "" } = await host().upload(picture);
    expect(Buffer.from((await host().download(url)) ?? []).toString()).toBe("the bytes of a picture");
    expect(await host().isThere(url)).toBe(true);
    await host().remove(deleteUrl);
    expect([await host().isThere(url), await host().download(url)]).toEqual([false, null]);
    await host().remove(deleteUrl);
  });

  it.each([
    ["500", "unavailable", true],
    ["reset", "unavailable", true],
    ["garbage", "provider_failed", false],
  ] as const)("that is at fault (%s) is told as %s, without its key", async (mode, code, isRetryable) => {
    standIn.modes[service] = mode;
    const error = await rejection(host().upload(picture));
    expect(error).toMatchObject({ code, isRetryable });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("a-secret-key");
  });

  it("that does not answer is given up, and left alone for a while after three times", async () => {
    standIn.modes[service] = "silent";
    const slow = host({ timeoutMs: 100 });
    for (let number = 0; number < 3; number += 1) {
      expect(await rejection(slow.upload(picture))).toMatchObject({ code: "unavailable" });
    }
    standIn.modes[service] = "good";
    const before = standIn.uploads.length;
    expect(await rejection(slow.upload(picture))).toMatchObject({ code: "unavailable" });
    expect(standIn.uploads.length).toBe(before);
  });

  it("that is not there is unavailable", async () => {
    const absent = makers[service]({ apiKey: "key", baseUrl: `http://127.0.0.1:${closedPort}` });
    expect(await rejection(absent.upload(picture))).toMatchObject({ code: "unavailable", isRetryable: true });
  });
});

describe("the hosts that are configured", () => {
  it("are those with a key, ImgBB before PostImages, each with its limit", () => {
    expect(createImageHosts({ IMGBB_BASE_URL: "http://127.0.0.1" })).toEqual([]);
    const hosts = createImageHosts({ POSTIMAGES_API_KEY: "p", IMGBB_API_KEY: "i" });
    expect(hosts.map(({ service, maxBytes }) => [service, maxBytes])).toEqual([
      ["imgbb", 32_000_000],
      ["postimages", 24_000_000],
    ]);
  });
});
