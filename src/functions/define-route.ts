import { routeFactory } from "../http/route.ts";
import type { Services } from "../services.ts";

/** A route whose handler gets Muse's services. */
export const defineRoute = routeFactory<Services>();
