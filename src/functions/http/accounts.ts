import {
  creditsSchema,
  loginBody,
  refreshBody,
  registerBody,
  signedInSchema,
  updateUserBody,
  userSchema,
} from "../../schemas/accounts.ts";
import { emptyBody, listQuery } from "../../schemas/common.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Accounts";

export const accountRoutes = [
  defineRoute({
    method: "POST",
    path: "/v1/auth/guest",
    summary: "Start as a guest: an anonymous account with a few credits",
    tag,
    auth: "none",
    limit: "auth_guest",
    body: emptyBody,
    status: 201,
    response: signedInSchema,
    handle: async (services, { request }) =>
      (await import("../../operations/accounts/create-guest.ts")).createGuest(services, { client: request }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/auth/register",
    summary: "Open an account; sent with a guest's token, the guest becomes the account and keeps everything",
    tag,
    auth: "optional",
    limit: "auth_register",
    isPaced: true,
    body: registerBody,
    status: 201,
    response: signedInSchema,
    handle: async (services, { principal, body, request }) =>
      (await import("../../operations/accounts/register.ts")).register(services, { principal, body, client: request }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/auth/login",
    summary: "Sign in with e-mail and password",
    tag,
    auth: "none",
    limit: "auth_login",
    isPaced: true,
    body: loginBody,
    response: signedInSchema,
    handle: async (services, { body, request }) =>
      (await import("../../operations/accounts/log-in.ts")).logIn(services, { body, client: request }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/auth/refresh",
    summary: "Trade a refresh token for a new pair; each works once",
    tag,
    auth: "none",
    limit: "auth_refresh",
    body: refreshBody,
    response: signedInSchema,
    handle: async (services, { body, request }) =>
      (await import("../../operations/accounts/refresh-session.ts")).refreshSession(services, {
        refreshToken: body.refresh_token,
        client: request,
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/auth/logout",
    summary: "Revoke a refresh token and all that followed from the same sign-in",
    tag,
    auth: "none",
    limit: "auth_refresh",
    body: refreshBody,
    handle: async (services, { body }) =>
      (await import("../../operations/accounts/log-out.ts")).logOut(services, { refreshToken: body.refresh_token }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/users/me",
    summary: "Your account",
    tag,
    auth: "user",
    response: userSchema,
    handle: async (services, { principal }) =>
      (await import("../../operations/accounts/profile.ts")).getUser(services, principal),
  }),
  defineRoute({
    method: "PATCH",
    path: "/v1/users/me",
    summary: "Change your profile",
    tag,
    auth: "user",
    body: updateUserBody,
    response: userSchema,
    handle: async (services, { principal, body }) =>
      (await import("../../operations/accounts/profile.ts")).updateUser(services, { userId: principal.userId, body }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/users/me/credits",
    summary: "Your credits: balance, holds and the ledger that explains them",
    tag,
    auth: "user",
    query: listQuery,
    response: creditsSchema,
    handle: async (services, { principal, query }) =>
      (await import("../../operations/accounts/get-credits.ts")).getCredits(services, {
        userId: principal.userId,
        ...query,
      }),
  }),
];
