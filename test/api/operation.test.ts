import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { routes } from "../../src/functions/routes.ts";
import { anonymous } from "../support/client.ts";

describe("the contract", () => {
  it("is valid OpenAPI 3.1 by an independent validator", async () => {
    const { status, body } = await anonymous().get("/openapi.json");
    expect(status).toBe(200);
    const result = await new Validator().validate(body);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(body.openapi).toMatch(/^3\.1\./);
  });

  it("has every route with its own id, and every schema it refers to", async () => {
    const { body } = await anonymous().get("/openapi.json");
    for (const { method, path } of routes) expect(body.paths[path]).toHaveProperty(method.toLowerCase());
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path as object));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(routes.length);
    const references = JSON.stringify(body).match(/#\/components\/schemas\/\w+/g) ?? [];
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references)
      expect(body.components.schemas).toHaveProperty(reference.split("/").at(-1) ?? "");
  });
});

describe("health and readiness", () => {
  it("tells that the process is up", async () => {
    const { status, body } = await anonymous().get("/health");
    expect(status).toBe(200);
    expect(body.status).toBe("ok");
  });

  it("names each part with its latency", async () => {
    const { status, body } = await anonymous().get("/ready");
    expect(status).toBe(200);
    expect(body.status).toBe("ready");
    for (const part of ["database", "blobs", "queues"]) {
      expect(body.checks[part]).toEqual({ status: "up", latency_ms: expect.any(Number) });
    }
  });
});

describe("the page and the reference", () => {
  it.each(["/app", "/docs"])("serves %s with a policy against foreign scripts", async (path) => {
    const { status, headers, body } = await anonymous().get(path);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/html");
    expect(headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(body).toContain("<!doctype html>");
  });

  it("shows the page at the root too", async () => {
    const response = await fetch(`${anonymous().baseUrl}/`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<title>Muse");
  });

  it("loads all files that they name", async () => {
    for (const page of ["/app", "/docs"]) {
      const { body } = await anonymous().get(page);
      const files = [...String(body).matchAll(/(?:src|href)="(\/api\/[^"#]+)"/g)].map((match) => match[1] ?? "");
      expect(files.length).toBeGreaterThan(1);
      for (const file of files) expect((await fetch(anonymous().baseUrl + file)).status).toBe(200);
    }
  });

  it("revalidates by ETag and serves nothing but its own files", async () => {
    const first = await anonymous().get("/app/app.js");
    const again = await anonymous().get("/app/app.js", {
      headers: { "if-none-match": first.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
    for (const file of ["..%2fmain.js", "constructor", "..%2f..%2fpackage.json"]) {
      expect((await anonymous().get(`/app/${file}`)).status).toBe(404);
    }
  });
});

describe("models", () => {
  it("tells what there is, with limits and prices", async () => {
    const { status, body } = await anonymous().get("/v1/models");
    expect(status).toBe(200);
    expect(body.chat[0]).toMatchObject({ is_default: true, price: { credits: 1, per_tokens: 1_000 } });
    expect(body.image[0]).toMatchObject({
      is_default: true,
      min_edge: 64,
      max_edge: 2048,
      edge_multiple: 1,
      sizes: null,
      max_images: 4,
      max_steps: 150,
      guidance_scale: { min: 1, max: 20 },
      supports_negative_prompt: true,
      supports_seed: true,
      supports_image_input: true,
      price: { credits: 1, per_images: 1 },
    });
  });
});
