import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerAdminRequest } from "./admin.ts";
import type { FrontOptions, HostOfFront, HttpFunction } from "./front-messages.ts";
import { BODY_LIMIT_BYTES, exchangeByStream, exchangeWhole, refuseLargeBody } from "./http-exchange.ts";
import { findHttpFunction, type HttpMatch, type RoutedFunction, routeFunction } from "./http-functions.ts";
import { describeError } from "./invocations.ts";

/** All that an answer needs, made ready once for all of them. */
interface Setting {
  readonly options: FrontOptions;
  readonly host: HostOfFront;
  readonly routedFunctions: readonly RoutedFunction[];
  readonly httpUri: URL | undefined;
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

/**
 * Listens on 127.0.0.1 and gives each request to the function that it is for.
 * @throws Error with one line, where the port is taken or a route is one that the local host does not know
 */
export async function openHttpFront(options: FrontOptions, host: HostOfFront): Promise<HttpFront> {
  const setting: Setting = {
    options,
    host,
    routedFunctions: options.httpFunctions.map(routeFunction),
    httpUri: options.httpUri === undefined ? undefined : new URL(options.httpUri),
  };
  let isClosing = false;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    // A connection that was busy when the others were closed ends with its next answer.
    if (isClosing) response.shouldKeepAlive = false;
    answer(request, response, setting).catch((error: unknown) => {
      host.log("error", `${request.method} ${request.url}: ${describeError(error)}`);
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
      isClosing = true;
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { options, host, routedFunctions, httpUri }: Setting,
): Promise<void> {
  if (isTooLarge(request)) return refuseLargeBody(request, response);
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  if (path.toLowerCase().startsWith("/admin/")) {
    return await answerAdminRequest(request, response, path, { functions: options.functions, run: host.run });
  }
  if (path === "/" && process.env.AzureWebJobsDisableHomepage?.toLowerCase() !== "true") {
    response.writeHead(200, { "content-type": "text/html" }).end(HOME_PAGE);
    return;
  }
  const match = findMatch(request, path, routedFunctions);
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
  const exchange = { request, response, match, host };
  await (httpUri === undefined ? exchangeWhole(exchange) : exchangeByStream(exchange, httpUri));
}

/** The function to run, or the status to answer. */
function findMatch(
  request: IncomingMessage,
  path: string,
  routedFunctions: readonly RoutedFunction[],
): HttpMatch | 400 | 404 {
  try {
    return findHttpFunction(routedFunctions, request.method ?? "GET", path) ?? 404;
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
