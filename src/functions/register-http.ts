import { app, type HttpMethod, type HttpRequest, type HttpResponseInit } from "@azure/functions";
import type { Route } from "../http/route.ts";
import type { Services } from "../services.ts";

const allMethods: HttpMethod[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * The host tries routes in the order of their functions' names and takes the first that fits. Paths of the API are
 * disjoint; the one that fits everything has a name that comes last.
 */
const lastName = "zz-unknown-path";

/**
 * One function a path, for all methods: so a wrong method is answered by Muse (405 with `Allow`), not by the host (404).
 * The page's route fits the empty path alone, so that the host's own paths stay the host's.
 */
export function registerHttp(routes: readonly Route<Services>[]): void {
  const byPath = Map.groupBy(routes, (route) => route.path);
  for (const [path, own] of byPath) registerPath(functionName(path), `api${path}`, own);
  registerPath("root-page", "{root:maxlength(0)?}", byPath.get("/app") ?? []);
  registerPath(lastName, "api/{*path}", []);
}

/** "/v1/messages/{message_id}/stop" → "v1-messages-message_id-stop", a valid function name. */
function functionName(path: string): string {
  return path
    .replace(/[{}]/g, "")
    .replace(/[^A-Za-z0-9_]+/g, "-")
    .replace(/^-/, "");
}

function registerPath(name: string, route: string, own: readonly Route<Services>[]): void {
  app.http(name, {
    route,
    methods: allMethods,
    authLevel: "anonymous",
    handler: async (request: HttpRequest): Promise<HttpResponseInit> => {
      const [{ answerRequest }, { getServices }] = await Promise.all([
        import("../http/pipeline.ts"),
        import("../services.ts"),
      ]);
      return answerRequest(getServices, own, request);
    },
  });
}
