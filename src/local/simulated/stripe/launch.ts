import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { isPortTaken } from "../../free-port.ts";
import { createCatalogue } from "./catalogue.ts";
import { type RunningStripe, startSimulatedStripe } from "./server.ts";
import { loadState } from "./state.ts";

const localKey = "sk_test_local-development-only";
const localWebhookSecret = "whsec_local-development-only";

/**
 * Starts the simulated Stripe where no key of the real one is set, and sets what the app needs to reach it. With
 * STRIPE_API_BASE some other stand-in is meant: it gets the same key and prices, and nothing is started.
 * @param dataFolder undefined: nothing is kept
 * @returns null where nothing was to be started
 */
export async function launchStripe(options: {
  dataFolder: string | undefined;
  museUrl: string;
}): Promise<RunningStripe | null> {
  const { env } = process;
  if (env.STRIPE_SECRET_KEY || env.NODE_ENV === "production") return null;
  env.STRIPE_SECRET_KEY = localKey;
  env.STRIPE_WEBHOOK_SECRET ||= localWebhookSecret;
  for (const { setting, entry } of createCatalogue(env)) env[setting] ||= entry.id;
  if (env.STRIPE_API_BASE) return null;
  if (options.dataFolder !== undefined) mkdirSync(options.dataFolder, { recursive: true });
  const file = options.dataFolder === undefined ? undefined : join(options.dataFolder, "stripe.json");
  // Pages that are open in a browser stay good when they are at the same address after a restart.
  const { port } = loadState(file);
  const stripe = await startSimulatedStripe({
    port: port !== 0 && !(await isPortTaken(port)) ? port : 0,
    file,
    webhookUrl: `${options.museUrl}/api/webhooks/stripe`,
    webhookSecret: env.STRIPE_WEBHOOK_SECRET.split(",")[0]?.trim() ?? localWebhookSecret,
    environment: env,
  });
  env.STRIPE_API_BASE = stripe.url;
  return stripe;
}
