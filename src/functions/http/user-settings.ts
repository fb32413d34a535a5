import { settingsSchema, updateSettingsBody } from "../../schemas/user-settings.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Accounts";
const load = () => import("../../operations/memories/user-settings.ts");

export const userSettingsRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/users/me/settings",
    summary: "Your settings, with the defaults of what you have not set",
    tag,
    auth: "user",
    response: settingsSchema,
    handle: async (services, { principal }) => (await load()).getSettings(services, { userId: principal.userId }),
  }),
  defineRoute({
    method: "PUT",
    path: "/v1/users/me/settings",
    summary: "Replace the settings that you send; the others stay",
    tag,
    auth: "user",
    body: updateSettingsBody,
    response: settingsSchema,
    handle: async (services, { principal, body }) =>
      (await load()).updateSettings(services, { userId: principal.userId, body }),
  }),
];
