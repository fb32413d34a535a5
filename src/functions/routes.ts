import type { Route } from "../http/route.ts";
import type { Services } from "../services.ts";
import { accountRoutes } from "./http/accounts.ts";
import { apiKeyRoutes } from "./http/api-keys.ts";
import { conversationRoutes } from "./http/conversations.ts";
import { generationRoutes } from "./http/generations.ts";
import { imageRoutes } from "./http/images.ts";
import { openAIRoutes } from "./http/openai.ts";
import { operationRoutes } from "./http/operation.ts";
import { turnRoutes } from "./http/turns.ts";

/** Every route of the API; paths are below `/api`. */
export const routes: readonly Route<Services>[] = [
  ...accountRoutes,
  ...apiKeyRoutes,
  ...conversationRoutes,
  ...turnRoutes,
  ...generationRoutes,
  ...imageRoutes,
  ...openAIRoutes,
  ...operationRoutes,
];
