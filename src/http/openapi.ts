import * as z from "zod";
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
  | "upload"
  | "rawBody"
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
  const parameters = headerParameters(route);
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.tag],
    security: security(route),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
    },
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(route, body) }),
    responses: { ...success(route), ...failures(route) },
  };
}

type Parameter = NonNullable<ZodOpenApiOperationObject["parameters"]>[number];

function headerParameters(route: AnyRoute): Parameter[] {
  const header = (name: string, maxLength: number, description: string): Parameter => ({
    name,
    in: "header",
    schema: { type: "string", maxLength },
    description,
  });
  const key = "The same key and body give the first answer again; nothing is made or paid twice.";
  const isNeeded = route.upload?.unnamed === undefined ? "needed" : "may be left out";
  const name = `The file's name, percent-encoded as UTF-8; ${isNeeded} where the body is the file itself.`;
  return [
    ...(route.isIdempotent ? [header("Idempotency-Key", 255, key)] : []),
    ...(route.upload === undefined ? [] : [header("x-file-name", 1_000, name)]),
  ];
}

type RequestBody = NonNullable<ZodOpenApiOperationObject["requestBody"]>;

function requestBody({ upload, rawBody }: AnyRoute, body: z.ZodType): RequestBody {
  if (upload !== undefined) {
    const { content } = uploadRequest(upload.form ?? body, upload.maxBytes);
    const json = upload.json === undefined ? {} : jsonRequest(upload.json.schema).content;
    return { required: true, content: { ...content, ...json } };
  }
  return rawBody === undefined ? jsonRequest(body) : { ...jsonRequest(anyEvent), required: true };
}

/** What a provider sends is the provider's to define. */
const anyEvent = z.looseObject({});

function jsonRequest(body: z.ZodType): RequestBody {
  return { required: !body.safeParse({}).success, content: { "application/json": { schema: body } } };
}

/** One file in a form with its other fields, or the file's bytes by themselves. */
function uploadRequest(body: z.ZodType, maxBytes: number): RequestBody {
  const { fields } = (body as unknown as { shape: { fields: z.ZodObject } }).shape;
  const file = z.string().meta({ format: "binary", description: `At most ${maxBytes} bytes` });
  return {
    required: true,
    content: {
      "multipart/form-data": { schema: fields.extend({ file }) },
      "application/octet-stream": { schema: { type: "string", format: "binary" } },
    },
  };
}

/** "POST /v1/messages/{message_id}/stop" → "post_v1_messages_message_id_stop". */
function operationId({ method, path }: AnyRoute): string {
  return `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+/g, "_").replace(/_$/, "")}`;
}

function security({ auth }: AnyRoute): Record<string, string[]>[] {
  if (auth === "none") return [];
  return auth === "optional" ? [{}, { bearer: [] }] : [{ bearer: [] }];
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
    ...(route.body === undefined ? [] : [413]),
    ...(route.body === undefined || route.rawBody !== undefined ? [] : [415]),
    ...(route.auth === "none" ? [] : [401]),
    ...(route.params === undefined ? [] : [403, 404]),
    ...(route.limit === undefined ? [] : [429]),
    ...(route.isIdempotent ? [402, 409, 422] : []),
    ...(route.upload === undefined ? [] : [422]),
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
