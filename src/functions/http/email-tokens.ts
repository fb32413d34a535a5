import {
  acceptedSchema,
  changeEmailBody,
  changePasswordBody,
  passwordResetBody,
  passwordResetRequestBody,
  tokenBody,
  verifiedSchema,
  verifyEmailRequestBody,
} from "../../schemas/email-tokens.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Accounts";
const loadVerify = () => import("../../operations/accounts/verify-email.ts");
const loadReset = () => import("../../operations/accounts/reset-password.ts");
const loadChange = () => import("../../operations/accounts/change-credentials.ts");

export const emailTokenRoutes = [
  defineRoute({
    method: "POST",
    path: "/v1/auth/verify-email/request",
    summary: "Send the mail that proves an address; the answer is the same for every address",
    tag,
    auth: "optional",
    limit: "auth_email",
    body: verifyEmailRequestBody,
    status: 202,
    response: acceptedSchema,
    handle: async (services, { principal, body }) =>
      (await loadVerify()).requestVerification(services, { principal, email: body.email }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/auth/verify-email/confirm",
    summary: "Use the token of a mail up: the address is verified, or is the new one from now on",
    tag,
    auth: "optional",
    limit: "auth_token",
    body: tokenBody,
    response: verifiedSchema,
    handle: async (services, { principal, body }) =>
      (await loadVerify()).confirmEmail(services, { principal, token: body.token }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/auth/password-reset/request",
    summary: "Send a link for a new password; the answer is the same for every address",
    tag,
    auth: "none",
    limit: "auth_email",
    body: passwordResetRequestBody,
    status: 202,
    response: acceptedSchema,
    handle: async (services, { body }) => (await loadReset()).requestPasswordReset(services, body),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/auth/password-reset/confirm",
    summary: "Set a new password by the token of a mail; signs out everywhere",
    tag,
    auth: "none",
    limit: "auth_token",
    body: passwordResetBody,
    handle: async (services, { body }) => (await loadReset()).resetPassword(services, body),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/users/me/password",
    summary: "Change your password; signs out everywhere else",
    tag,
    auth: "user",
    limit: "auth_token",
    body: changePasswordBody,
    handle: async (services, { principal, body, request }) =>
      (await loadChange()).changePassword(services, {
        principal,
        currentPassword: body.current_password,
        newPassword: body.new_password,
        client: request,
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/users/me/email",
    summary: "Ask for another e-mail address; it is yours once the mail to it is confirmed",
    tag,
    auth: "user",
    limit: "auth_email",
    body: changeEmailBody,
    status: 202,
    response: acceptedSchema,
    handle: async (services, { principal, body, request }) =>
      (await loadChange()).requestEmailChange(services, {
        principal,
        email: body.email,
        currentPassword: body.current_password,
        client: request,
      }),
  }),
];
