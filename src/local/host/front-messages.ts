import type { FunctionSummary } from "./listener.ts";
import type { HostLog, HttpData, InvocationRequest } from "./rpc-types.ts";

/** What the HTTP front needs to know of a function with an HTTP trigger. */
export interface HttpFunction {
  readonly name: string;
  readonly triggerName: string;
  /** In capitals; none: every method. */
  readonly methods: readonly string[];
  readonly authLevel: string;
  /** With a leading slash, prefix included. */
  readonly path: string;
}

export interface FrontOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly httpFunctions: readonly HttpFunction[];
  /** All that the app has, whatever their trigger. */
  readonly functions: readonly FunctionSummary[];
  /** Where the library's own HTTP proxy listens; undefined if the app does not stream. */
  readonly httpUri: string | undefined;
  /** Without one every key is accepted, as Core Tools does. */
  readonly functionKey: string | undefined;
}

/** How an invocation of the front ended. */
export type InvocationEnd =
  | {
      /** Whether the handler gave anything back. */
      readonly hasResult: boolean;
      /** The whole response, where the app does not stream. */
      readonly http: HttpData | undefined;
    }
  | { readonly failure: string };

/** What the front asks of its host. */
export interface HostOfFront {
  /** Runs a function with an HTTP trigger. Never rejects. */
  invoke(name: string, request: InvocationRequest, invocationId: string): Promise<InvocationEnd>;
  /** Starts one run of a function that is no HTTP one. */
  run(name: string, input: string | undefined): void;
  readonly log: HostLog;
}

/** From the host to its front. What an invocation carries is structured-cloned. */
export type ToFront =
  | { readonly kind: "open"; readonly options: FrontOptions }
  | { readonly kind: "invoked"; readonly invocationId: string; readonly end: InvocationEnd }
  | { readonly kind: "close" };

/** From the front to its host. */
export type FromFront =
  | { readonly kind: "opened"; readonly url: string }
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "invoke";
      readonly name: string;
      readonly invocationId: string;
      readonly request: InvocationRequest;
    }
  | { readonly kind: "run"; readonly name: string; readonly input: string | undefined }
  | { readonly kind: "log"; readonly level: Parameters<HostLog>[0]; readonly message: string };
