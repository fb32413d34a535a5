import { HttpRequest } from "@azure/functions";
import { describe, expect, it } from "vitest";
import type { PipelineServices } from "../../../src/http/exchange.ts";
import { openApiDocument } from "../../../src/http/openapi.ts";
import { answerRequest } from "../../../src/http/pipeline.ts";
import { type Route, routeFactory } from "../../../src/http/route.ts";
import { rawBody } from "../../../src/schemas/raw-body.ts";
import { noTelemetry } from "../../support/telemetry.ts";

const ignore = () => undefined;
const services = {
  logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  telemetry: noTelemetry,
  ids: { next: (prefix: string) => `${prefix}_1` },
  allowedOrigins: [],
} as unknown as PipelineServices;

const seen: Uint8Array[] = [];
const route: Route<PipelineServices> = routeFactory<PipelineServices>()({
  method: "POST",
  path: "/webhooks/example",
  summary: "An example",
  tag: "Example",
  auth: "none",
  rawBody: { maxBytes: 20 },
  body: rawBody,
  handle: async (_services, { body }) => {
    seen.push(body);
  },
});

const send = (body: string) =>
  answerRequest(
    async () => services,
    [route],
    new HttpRequest({ method: "POST", url: "http://localhost/api/webhooks/example", body: { string: body } }),
  );

describe("a route with a raw body", () => {
  it("gets the bytes as they came, whether or not they are JSON", async () => {
    for (const body of ['{ "a":1 , "a":2}', "not json", "\u00e9 \n"]) {
      expect((await send(body)).status).toBe(204);
      expect(new TextDecoder().decode(seen.pop())).toBe(body);
    }
  });

  it("refuses more than its limit", async () => {
    const { status, body } = await send("x".repeat(21));
    expect(status).toBe(413);
    expect(JSON.parse(String(body)).code).toBe("payload_too_large");
  });

  it("is JSON of the provider's in the reference", () => {
    const document = openApiDocument([route], { version: "1", serverUrl: "/" });
    const operation = (document.paths as Record<string, Record<string, object>>)["/webhooks/example"]?.post;
    expect(operation).toMatchObject({
      requestBody: { required: true, content: { "application/json": { schema: { type: "object" } } } },
    });
  });
});
