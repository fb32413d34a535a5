import {
  app,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from "@azure/functions";

const allMethods: HttpMethod[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * The host tries routes in the order of their functions' names and takes the first that fits. Paths of the API are
 * disjoint; the one that fits everything has a name that comes last.
 */
const lastName = "zz-unknown-path";

/** The page's route fits the empty path alone, so that the host's own paths stay the host's. */
const rootRoute = "{root:maxlength(0)?}";

/**
 * One function a path, for all methods: so a wrong method is answered by Muse (405 with `Allow`), not by the host (404).
 * @param paths of the routes, below `/api`
 */
export function registerHttp(paths: readonly string[]): void {
  for (const path of paths) registerPath(functionName(path), `api${path}`, path);
  registerPath("root-page", rootRoute, "/app");
  registerPath(lastName, "api/{*path}", null);
}

/** "/v1/messages/{message_id}/stop" → "v1-messages-message_id-stop", a valid function name. */
function functionName(path: string): string {
  return path
    .replace(/[{}]/g, "")
    .replace(/[^A-Za-z0-9_]+/g, "-")
    .replace(/^-/, "");
}

function registerPath(name: string, route: string, path: string | null): void {
  app.http(name, {
    route,
    methods: allMethods,
    authLevel: "anonymous",
    handler: async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
      const [{ answerRequest }, { getServices }, { routes }] = await Promise.all([
        import("../http/pipeline.ts"),
        import("../services.ts"),
        import("./routes.ts"),
      ]);
      return answerRequest(
        getServices,
        routes.filter((candidate) => candidate.path === path),
        request,
        context.traceContext?.traceParent,
      );
    },
  });
}
