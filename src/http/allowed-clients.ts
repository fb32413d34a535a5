import type { HttpRequest } from "@azure/functions";
import { AppError } from "../domain/errors.ts";
import { clientAddress } from "./caller.ts";

/** Who may call this deployment. */
export interface AllowedClients {
  /** Everybody may. */
  readonly isEmpty: boolean;
  has(address: string | null): boolean;
}

/**
 * Open to everybody in any case: the platform's probe, which has no address of its own, and webhooks, whose senders prove
 * themselves by a signature and publish no lasting addresses.
 */
const openPaths = /^\/(health$|webhooks\/)/;

/**
 * @param route the path's template
 * @throws AppError `forbidden` for an address that is not on the list
 */
export function requireAllowedClient(clients: AllowedClients, route: string, request: HttpRequest): void {
  if (openPaths.test(route) || clients.isEmpty || clients.has(clientAddress(request))) return;
  throw new AppError("forbidden", { detail: "This deployment does not answer your address." });
}
