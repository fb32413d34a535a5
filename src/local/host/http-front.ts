import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Admin, answerAdminRequest } from "./admin.ts";
import { BODY_LIMIT_BYTES, exchangeByStream, exchangeWhole, refuseLargeBody } from "./http-exchange.ts";
import { findHttpFunction, type HttpFunction, type HttpMatch } from "./http-functions.ts";
import { describeError, type Invocations } from "./invocations.ts";
import type { HostLog } from "./rpc-types.ts";

export interface HttpFrontOptions {
  readonly port: number;
  readonly httpFunctions: readonly HttpFunction[];
  readonly httpUri: URL | undefined;
  readonly invocations: Invocations;
  readonly admin: Admin;
  /** Without one every key is accepted, as Core Tools does. */
  readonly functionKey: string | undefined;
  readonly log: HostLog;
}

export interface HttpFront {
  readonly url: string;
  /** Takes no new connection; those that are open go on. */
  close(): void;
  /** Ends the connections that are still open. */
  end(): void;
}

const HOME_PAGE =
  "<!doctype html><title>Functions</title><p>The function host owns this page: set AzureWebJobsDisableHomepage to true.</p>";

/** Listens on 127.0.0.1 and gives each request to the function that it is for. */
export async function openHttpFront(options: HttpFrontOptions): Promise<HttpFront> {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, options).catch((error: unknown) => {
      options.log("error", `${request.method} ${request.url}: ${describeError(error)}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  };
  const server = createServer({ keepAliveTimeout: 130_000, requestTimeout: 0 }, handle);
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (!isTooLarge(request)) response.writeContinue();
    handle(request, response);
  });
  await listen(server, options.port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeIdleConnections();
    },
    end: () => server.closeAllConnections(),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new Error(`Port ${port} is taken: set PORT to another one.`) : error),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
}

function isTooLarge(request: IncomingMessage): boolean {
  return Number(request.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: HttpFrontOptions): Promise<void> {
  if (isTooLarge(request)) return refuseLargeBody(request, response);
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  if (path.toLowerCase().startsWith("/admin/")) return await answerAdminRequest(request, response, path, options.admin);
  if (path === "/" && process.env.AzureWebJobsDisableHomepage?.toLowerCase() !== "true") {
    response.writeHead(200, { "content-type": "text/html" }).end(HOME_PAGE);
    return;
  }
  const match = findMatch(request, path, options.httpFunctions);
  if (typeof match === "number") {
    response.writeHead(match).end();
    request.resume();
    return;
  }
  if (!hasKey(request, match.httpFunction, options.functionKey)) {
    response.writeHead(401).end();
    request.resume();
    return;
  }
  const exchange = { request, response, match, invocations: options.invocations, log: options.log };
  await (options.httpUri === undefined ? exchangeWhole(exchange) : exchangeByStream(exchange, options.httpUri));
}

/** The function to run, or the status to answer. */
function findMatch(
  request: IncomingMessage,
  path: string,
  httpFunctions: readonly HttpFunction[],
): HttpMatch | 400 | 404 {
  try {
    return findHttpFunction(httpFunctions, request.method ?? "GET", path) ?? 404;
  } catch (error) {
    if (error instanceof URIError) return 400;
    throw error;
  }
}

function hasKey(request: IncomingMessage, { authLevel }: HttpFunction, functionKey: string | undefined): boolean {
  if (authLevel === "anonymous" || functionKey === undefined) return true;
  const inQuery = new URL(request.url ?? "/", "http://localhost").searchParams.get("code");
  return (request.headers["x-functions-key"] ?? inQuery) === functionKey;
}
