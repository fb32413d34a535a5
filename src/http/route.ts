import type * as z from "zod";
import type { RouteScope } from "../domain/api-scopes.ts";
import type { LimitName } from "../domain/plans.ts";
import type { UsageAction } from "../domain/usage.ts";
import type { Principal } from "../domain/user.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Facts about a request that handlers may need besides its parsed input. */
export interface RequestFacts {
  readonly requestId: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** Whether the client asked for server-sent events by its `Accept` header. */
  readonly acceptsEvents: boolean;
  /**
   * With an `Idempotency-Key`: the id set aside for the resource, whether an earlier try may have made it, and whether one
   * was answered to its end, with what could not be kept.
   */
  readonly allotted?: { readonly id: string; readonly isResumed: boolean; readonly isAnswered: boolean };
  header(name: string): string | null;
}

/** What is known of a request while its caller is still being let in. */
export interface AheadInput<P, Q, B> {
  readonly userId: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface RouteInput<P, Q, B, A, F = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly principal: A;
  readonly request: RequestFacts;
  /** What the route's `ahead` has begun. */
  readonly ahead: F;
}

/** Who may call: anybody, anybody with the account known if a token is sent, an account, an account with the role `admin`. */
export type AuthKind = "none" | "optional" | "user" | "admin";

/** What failures and streams look like: Muse's own, or as OpenAI's clients know them. All routes of a path have the same. */
export type WireStyle = "muse" | "openai";

export interface UploadLimits {
  /** Bytes of the file at most. */
  readonly maxBytes: number;
  /** What a body without `x-file-name` is called; undefined: it needs a name. */
  readonly unnamed?: string;
  /** Where the request may be JSON instead of a file: what that has to be, and what the file's fields have to be. */
  readonly form?: z.ZodType;
  readonly json?: { readonly schema: z.ZodType; readonly maxBytes: number };
}

export interface RawBodyLimits {
  /** Bytes of the body at most. */
  readonly maxBytes: number;
}

/** The media type that a successful answer has besides JSON, for the OpenAPI document. */
export type AnswerKind = "json" | "events" | "json-or-events" | "bytes" | "html";

/**
 * A route as data. The registrar, the OpenAPI document, the limits and the tests all read the same list.
 * `path` is below the `/api` prefix, with parameters in braces.
 */
export interface Route<S> {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly auth: AuthKind;
  /** What it asks of an API key, where the path does not say it (`scopeOf`). */
  readonly scope?: RouteScope;
  readonly limit?: LimitName;
  /** What a request is in the usage log, `api_request` unless given. */
  readonly usage?: UsageAction;
  /**
   * Whether bursts of it are let in a few at a time. For what waits for a password's hash anyway: those who ask for
   * something else are not to stand behind all of them.
   */
  readonly isPaced?: boolean;
  /** Whether `Idempotency-Key` is honoured: every POST that spends or creates a job. */
  readonly isIdempotent?: boolean;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Bytes of a JSON body at most, where it may be larger than usual. */
  readonly maxBodyBytes?: number;
  /** The body is one file, by itself or in a form, instead of JSON; `body` is then made by `uploadBody`. */
  readonly upload?: UploadLimits;
  /** The body is JSON that the handler needs as the bytes that came, for their signature; `body` is then `rawBody`. */
  readonly rawBody?: RawBodyLimits;
  readonly wireStyle?: WireStyle;
  readonly status: number;
  /** Schema of the JSON answer; it also removes whatever the contract does not name. */
  readonly response?: z.ZodType;
  readonly answer: AnswerKind;
  /**
   * Reads what the handler will need in any case, while the caller's account and limit are still being asked for: one
   * wait for the database instead of two. It changes nothing and shows nothing; its result is for the handler alone.
   */
  readonly ahead?: (services: S, input: AheadInput<unknown, unknown, unknown>) => Promise<unknown>;
  handle(services: S, input: RouteInput<unknown, unknown, unknown, Principal | null>): Promise<unknown>;
}

type Output<T> = T extends z.ZodType ? z.output<T> : undefined;

interface RouteDefinition<
  S,
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  A extends AuthKind,
  F,
> {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly auth: A;
  readonly scope?: RouteScope;
  readonly limit?: LimitName;
  readonly usage?: UsageAction;
  readonly isPaced?: boolean;
  readonly isIdempotent?: boolean;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly maxBodyBytes?: number;
  readonly upload?: UploadLimits;
  readonly rawBody?: RawBodyLimits;
  readonly wireStyle?: WireStyle;
  readonly status?: number;
  readonly response?: z.ZodType;
  readonly answer?: AnswerKind;
  readonly ahead?: (services: S, input: AheadInput<Output<P>, Output<Q>, Output<B>>) => Promise<F>;
  handle(
    services: S,
    input: RouteInput<
      Output<P>,
      Output<Q>,
      Output<B>,
      A extends "user" | "admin" ? Principal : A extends "optional" ? Principal | null : null,
      Promise<F>
    >,
  ): Promise<unknown>;
}

/** A function that takes a route with typed input and gives it back as one of the list. */
export function routeFactory<S>() {
  return <
    A extends AuthKind,
    P extends z.ZodType | undefined = undefined,
    Q extends z.ZodType | undefined = undefined,
    B extends z.ZodType | undefined = undefined,
    F = never,
  >(
    definition: RouteDefinition<S, P, Q, B, A, F>,
  ): Route<S> =>
    ({
      ...definition,
      status: definition.status ?? (definition.response === undefined ? 204 : 200),
      answer: definition.answer ?? "json",
      // The pipeline parses the input by this very definition's schemas before it calls `handle`.
    }) as Route<S>;
}
