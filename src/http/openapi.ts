import type * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { errorCodes } from "../domain/errors.ts";
import { problemSchema } from "../schemas/common.ts";
import { openAIErrorSchema } from "../schemas/openai.ts";
import type { AnswerKind, Route } from "./route.ts";

type AnyRoute = Pick<
  Route<never>,
  | "method"
  | "path"
  | "summary"
  | "tag"
  | "auth"
  | "limit"
  | "isIdempotent"
  | "params"
  | "query"
  | "body"
  | "status"
  | "response"
  | "answer"
  | "wireStyle"
>;

const made = new WeakMap<object, Record<string, unknown>>();

/** The OpenAPI 3.1 document of all routes, made from the schemas that validate. Made once, since routes do not change. */
export function openApiDocument(
  routes: readonly AnyRoute[],
  options: { version: string; serverUrl: string },
): Record<string, unknown> {
  const known = made.get(routes);
  if (known !== undefined) return known;
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  const document = createDocument({
    openapi: "3.1.1",
    info: {
      title: "Muse",
      version: options.version,
      description: "Chat with streaming, image generation, accounts and credits behind one HTTP API.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: options.serverUrl }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths: paths as ZodOpenApiPathsObject,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "An access token or an API key." } },
    },
  }) as unknown as Record<string, unknown>;
  made.set(routes, document);
  return document;
}

function operation(route: AnyRoute): ZodOpenApiOperationObject {
  const { params, query, body } = route as unknown as { params?: z.ZodObject; query?: z.ZodObject; body?: z.ZodType };
  const needsBody = body !== undefined && !body.safeParse({}).success;
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.tag],
    security: security(route),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
    },
    ...(route.isIdempotent
      ? {
          parameters: [
            {
              name: "Idempotency-Key",
              in: "header",
              schema: { type: "string", maxLength: 255 },
              description: "The same key and body give the first answer again; nothing is made or paid twice.",
            },
          ],
        }
      : {}),
    ...(body === undefined
      ? {}
      : { requestBody: { required: needsBody, content: { "application/json": { schema: body } } } }),
    responses: { ...success(route), ...failures(route) },
  };
}

/** "POST /v1/messages/{message_id}/stop" → "post_v1_messages_message_id_stop". */
function operationId({ method, path }: AnyRoute): string {
  return `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+/g, "_").replace(/_$/, "")}`;
}

function security({ auth }: AnyRoute): Record<string, string[]>[] {
  if (auth === "none") return [];
  return auth === "user" ? [{ bearer: [] }] : [{}, { bearer: [] }];
}

const eventStream = { "text/event-stream": { schema: { type: "string" as const } } };

function success(route: AnyRoute): ZodOpenApiOperationObject["responses"] {
  const json = route.response === undefined ? {} : { "application/json": { schema: route.response } };
  const content: Readonly<Record<AnswerKind, object>> = {
    json,
    events: eventStream,
    "json-or-events": { ...json, ...eventStream },
    bytes: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
    html: { "text/html": { schema: { type: "string" } } },
  };
  const isEmpty = route.answer === "json" && route.response === undefined;
  const status = route.answer === "json" || route.answer === "json-or-events" ? route.status : 200;
  const response = {
    description: isEmpty ? "Done" : "Success",
    ...(isEmpty ? {} : { content: content[route.answer] }),
  };
  return { [`${status}`]: response } as ZodOpenApiOperationObject["responses"];
}

/** The failures that a route's own definition makes possible; any request may meet the last two. */
function failures(route: AnyRoute): ZodOpenApiOperationObject["responses"] {
  const statuses = new Set<number>([
    ...(route.body === undefined && route.query === undefined ? [] : [400]),
    ...(route.body === undefined ? [] : [413, 415]),
    ...(route.auth === "none" ? [] : [401]),
    ...(route.params === undefined ? [] : [403, 404]),
    ...(route.limit === undefined ? [] : [429]),
    ...(route.isIdempotent ? [402, 409, 422] : []),
    500,
    503,
  ]);
  const titles = new Map(Object.values(errorCodes).map(({ status, title }) => [status as number, title]));
  return Object.fromEntries(
    [...statuses].sort().map((status) => [
      String(status),
      {
        description: titles.get(status) ?? "Failure",
        content:
          route.wireStyle === "openai"
            ? { "application/json": { schema: openAIErrorSchema } }
            : { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
}
