import * as z from "zod";
import packageJson from "../../../package.json" with { type: "json" };
import { reply } from "../../http/reply.ts";
import { healthSchema, modelsSchema, readySchema } from "../../schemas/operation.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Operation";
const fileName = z.object({ file: z.string().max(100) });

/** A file of the page or of the reference; files are named one by one, so that no path leads elsewhere. */
const staticFile = async (name: string, ifNoneMatch: string | null) =>
  (await import("../../http/static-files.ts")).staticFile(name, ifNoneMatch);

export const operationRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/models",
    summary: "Chat and image models, with limits and prices in credits",
    tag: "Generation",
    auth: "optional",
    response: modelsSchema,
    handle: async (services) => (await import("../../operations/status/list-models.ts")).listModels(services),
  }),
  defineRoute({
    method: "GET",
    path: "/health",
    summary: "Whether the process is up",
    tag,
    auth: "none",
    response: healthSchema,
    handle: async () => ({ status: "ok", version: packageJson.version, uptime_seconds: Math.round(process.uptime()) }),
  }),
  defineRoute({
    method: "GET",
    path: "/ready",
    summary: "Whether database, blobs and queues answer; 503 if one does not",
    tag,
    auth: "none",
    response: readySchema,
    handle: async (services) => {
      const ready = await (await import("../../operations/status/check-readiness.ts")).checkReadiness(services);
      return reply({ kind: "json", body: ready, status: ready.status === "ready" ? 200 : 503 });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/openapi.json",
    summary: "This contract, machine-readable",
    tag,
    auth: "none",
    response: z.looseObject({}),
    handle: async (services) => {
      const [{ openApiDocument }, { routes }] = await Promise.all([
        import("../../http/openapi.ts"),
        import("../routes.ts"),
      ]);
      return openApiDocument(routes, { version: packageJson.version, serverUrl: `${services.publicBaseUrl}/api` });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/docs",
    summary: "The reference, to read and try",
    tag,
    auth: "none",
    answer: "html",
    handle: (_services, { request }) => staticFile("docs.html", request.header("if-none-match")),
  }),
  defineRoute({
    method: "GET",
    path: "/docs/{file}",
    summary: "The reference's files",
    tag,
    auth: "none",
    params: fileName,
    answer: "bytes",
    handle: (_services, { params, request }) => staticFile(`docs/${params.file}`, request.header("if-none-match")),
  }),
  defineRoute({
    method: "GET",
    path: "/app",
    summary: "The web page",
    tag,
    auth: "none",
    answer: "html",
    handle: (_services, { request }) => staticFile("index.html", request.header("if-none-match")),
  }),
  defineRoute({
    method: "GET",
    path: "/app/{file}",
    summary: "The page's files",
    tag,
    auth: "none",
    params: fileName,
    answer: "bytes",
    handle: (_services, { params, request }) => staticFile(`app/${params.file}`, request.header("if-none-match")),
  }),
];
