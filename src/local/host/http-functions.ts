import type { RegisteredFunction } from "./core-api.ts";
import type { HttpFunction } from "./front-messages.ts";
import type { HostConfiguration } from "./host-configuration.ts";
import { parseRoute, type Route, readPath } from "./routes.ts";
import type { Binding } from "./rpc-types.ts";

/** A function with its route, ready to be compared with paths. */
export interface RoutedFunction {
  readonly httpFunction: HttpFunction;
  readonly route: Route;
}

export interface HttpMatch {
  readonly httpFunction: HttpFunction;
  readonly parameters: Record<string, string>;
}

/** Describes one function with an HTTP trigger. Its route is its name unless it says otherwise. */
export function describeHttpFunction(
  target: RegisteredFunction,
  triggerName: string,
  trigger: Binding,
  configuration: HostConfiguration,
): HttpFunction {
  const route = typeof trigger.route === "string" ? trigger.route : target.metadata.name;
  const path = [configuration.routePrefix, route.replace(/^\//, "")].filter(Boolean).join("/");
  const methods = Array.isArray(trigger.methods) ? trigger.methods.map((method) => String(method).toUpperCase()) : [];
  return {
    name: target.metadata.name,
    triggerName,
    methods,
    authLevel: String(trigger.authLevel ?? "anonymous").toLowerCase(),
    path: `/${path}`,
  };
}

/** @throws Error with one line if its route is one that the local host does not know */
export function routeFunction(httpFunction: HttpFunction): RoutedFunction {
  return { httpFunction, route: parseRoute(httpFunction.path.slice(1)) };
}

/**
 * The first function, by name, whose route fits the path and whose methods include this one. As in the real host there is
 * no precedence of literal over parameter, and a wrong method is no match at all.
 * @throws URIError if the path is not rightly encoded.
 */
export function findHttpFunction(
  routedFunctions: readonly RoutedFunction[],
  method: string,
  path: string,
): HttpMatch | undefined {
  const segments = readPath(path);
  for (const { httpFunction, route } of routedFunctions) {
    if (httpFunction.methods.length > 0 && !httpFunction.methods.includes(method)) continue;
    const parameters = route.match(segments);
    if (parameters !== undefined) return { httpFunction, parameters };
  }
  return undefined;
}
