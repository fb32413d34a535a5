import { parseCookies, setCookie } from "../../http/cookies.ts";
import { reply } from "../../http/reply.ts";
import { signedInSchema } from "../../schemas/accounts.ts";
import {
  callbackQuery,
  exchangeBody,
  providerParameter,
  signInProvidersSchema,
  startBody,
  startedSchema,
  startQuery,
} from "../../schemas/oauth.ts";
import type { Services } from "../../services.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Accounts";
const cookieSeconds = 600;
const loadStart = () => import("../../operations/accounts/start-sign-in.ts");
const loadFinish = () => import("../../operations/accounts/finish-sign-in.ts");

function cookieHeader({ publicBaseUrl }: Services, cookie: { name: string; value: string }, maxAgeSeconds: number) {
  const isSecure = publicBaseUrl.startsWith("https:");
  return setCookie(cookie, { path: "/api/v1/auth", maxAgeSeconds, isSecure });
}

export const oauthRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/auth/providers",
    summary: "Providers that this deployment has a sign-in with",
    tag,
    auth: "none",
    response: signInProvidersSchema,
    handle: async ({ signInProviders, publicBaseUrl }) => ({
      data: [...signInProviders.keys()].map((name) => ({
        name,
        start_url: `${publicBaseUrl}/api/v1/auth/${name}/start`,
      })),
    }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/auth/{provider}/start",
    summary: "Send the browser to a provider to sign in",
    tag,
    auth: "none",
    limit: "auth_oauth",
    params: providerParameter,
    query: startQuery,
    status: 302,
    handle: async (services, { params, query }) => {
      const { url, cookie } = await (await loadStart()).startSignIn(services, {
        provider: params.provider,
        redirectUri: query.redirect_uri,
        principal: null,
      });
      const headers = { location: url, "set-cookie": cookieHeader(services, cookie, cookieSeconds) };
      return reply({ kind: "empty", status: 302, headers });
    },
  }),
  defineRoute({
    method: "POST",
    path: "/v1/auth/{provider}/start",
    summary: "Begin as who you are: a guest becomes the account, an account gets one more way to sign in",
    tag,
    auth: "optional",
    limit: "auth_oauth",
    params: providerParameter,
    body: startBody,
    response: startedSchema,
    handle: async (services, { principal, params, body }) => {
      const { url, cookie } = await (await loadStart()).startSignIn(services, {
        provider: params.provider,
        redirectUri: body.redirect_uri,
        principal,
      });
      const headers = { "set-cookie": cookieHeader(services, cookie, cookieSeconds) };
      return reply({ kind: "json", body: { url }, headers });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/auth/{provider}/callback",
    summary: "Where a provider sends the browser back to; tokens for an API client, the page with a code for a browser",
    tag,
    auth: "none",
    limit: "auth_oauth",
    params: providerParameter,
    query: callbackQuery,
    response: signedInSchema,
    handle: async (services, { params, query, request }) => {
      const finished = await (await loadFinish()).finishSignIn(services, {
        callback: {
          provider: params.provider,
          answer: new URLSearchParams(query as Record<string, string>),
          cookies: parseCookies(request.header("cookie")),
        },
        wantsJson: request.header("accept")?.includes("application/json") ?? false,
        client: request,
      });
      const { cookieName } = finished;
      const headers =
        cookieName === null ? {} : { "set-cookie": cookieHeader(services, { name: cookieName, value: "" }, 0) };
      return finished.kind === "signed_in"
        ? reply({ kind: "json", body: finished.body, headers })
        : reply({ kind: "empty", status: 302, headers: { ...headers, location: finished.url } });
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/v1/users/me/linked-providers/{provider}",
    summary: "Take a provider away from the ways into your account, unless it is the only one",
    tag,
    auth: "user",
    params: providerParameter,
    handle: async (services, { principal, params }) =>
      (await import("../../operations/accounts/unlink-provider.ts")).unlinkProvider(services, {
        userId: principal.userId,
        provider: params.provider,
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/auth/oauth/exchange",
    summary: "Trade the code behind `#/signed-in?code=` for tokens, once, within a minute",
    tag,
    auth: "none",
    limit: "auth_token",
    body: exchangeBody,
    response: signedInSchema,
    handle: async (services, { body, request }) =>
      (await loadFinish()).exchangeCode(services, { code: body.code, client: request }),
  }),
];
