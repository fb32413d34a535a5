import { routes } from "./routes.ts";

/**
 * All that a start needs of the routes. The build evaluates this module and puts its value in its place, so that neither
 * the routes nor their schemas are loaded before the first request.
 */
export const routePaths: readonly string[] = [...new Set(routes.map((route) => route.path))];
