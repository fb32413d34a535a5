import * as z from "zod";

/** Not an enumeration: a provider that is not one is not found, as one that is not configured. */
export const providerParameter = z.object({ provider: z.string().max(20) });

const redirectUri = z.string().max(2_000).optional().meta({
  description: "Where the browser goes in the end: at this deployment or at one of ALLOWED_ORIGINS; else the page",
});

export const startQuery = z.object({ redirect_uri: redirectUri });
export const startBody = z.strictObject({ redirect_uri: redirectUri });
export const startedSchema = z.object({ url: z.string().meta({ description: "Send the browser here" }) });

/** What a provider sends back; it may add more. */
export const callbackQuery = z.looseObject({
  state: z.string().max(200).optional(),
  code: z.string().max(4_000).optional(),
  error: z.string().max(200).optional(),
});

export const exchangeBody = z.strictObject({ code: z.string().min(1).max(200) });

export const signInProvidersSchema = z
  .object({ data: z.array(z.object({ name: z.string(), start_url: z.string() })) })
  .meta({ id: "SignInProviders" });
