import type { Route } from "../http/route.ts";
import type { Services } from "../services.ts";
import { accountRoutes } from "./http/accounts.ts";
import { adminRoutes } from "./http/admin.ts";
import { apiKeyRoutes } from "./http/api-keys.ts";
import { billingRoutes } from "./http/billing.ts";
import { conversationRoutes } from "./http/conversations.ts";
import { developmentRoutes } from "./http/development.ts";
import { emailTokenRoutes } from "./http/email-tokens.ts";
import { feedbackRoutes } from "./http/feedback.ts";
import { fileRoutes } from "./http/files.ts";
import { galleryRoutes } from "./http/gallery.ts";
import { generationRoutes } from "./http/generations.ts";
import { imageRoutes } from "./http/images.ts";
import { memoryRoutes } from "./http/memories.ts";
import { oauthRoutes } from "./http/oauth.ts";
import { openAIRoutes } from "./http/openai.ts";
import { operationRoutes } from "./http/operation.ts";
import { privacyRoutes } from "./http/privacy.ts";
import { replicateWebhookRoutes } from "./http/replicate-webhook.ts";
import { searchRoutes } from "./http/search.ts";
import { sessionRoutes } from "./http/sessions.ts";
import { sharingRoutes } from "./http/sharing.ts";
import { turnRoutes } from "./http/turns.ts";
import { usageRoutes } from "./http/usage.ts";
import { userSettingsRoutes } from "./http/user-settings.ts";
import { webhookSecretRoutes } from "./http/webhook-secret.ts";

/** Every route of the API; paths are below `/api`. */
export const routes: readonly Route<Services>[] = [
  ...accountRoutes,
  ...emailTokenRoutes,
  ...oauthRoutes,
  ...sessionRoutes,
  ...apiKeyRoutes,
  ...userSettingsRoutes,
  ...webhookSecretRoutes,
  ...usageRoutes,
  ...privacyRoutes,
  ...conversationRoutes,
  ...memoryRoutes,
  ...fileRoutes,
  ...turnRoutes,
  ...feedbackRoutes,
  ...searchRoutes,
  ...sharingRoutes,
  ...generationRoutes,
  ...replicateWebhookRoutes,
  ...imageRoutes,
  ...billingRoutes,
  ...galleryRoutes,
  ...openAIRoutes,
  ...adminRoutes,
  ...operationRoutes,
  ...developmentRoutes,
];
