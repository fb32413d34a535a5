import type { Clock } from "../../ports/platform.ts";
import type { ChatModel, ChatProvider, ImageModel, ImageProvider } from "../../ports/providers.ts";
import { createChatProvider, simulatedChatModel, simulatedTextModel } from "./chat/chat-provider.ts";
import { createImageProvider, simulatedImageModel } from "./images/image-provider.ts";

export { createLocalMail } from "./mail/outbox.ts";

/** What the simulated providers add to a deployment that has no key of a real one. */
export interface Extensions {
  readonly chatProviders: ChatProvider[];
  readonly imageProviders: ImageProvider[];
  readonly chatModels: ChatModel[];
  readonly imageModels: ImageModel[];
}

/** The simulated providers with their models. Importing this loads neither the tokenizer's vocabulary nor sharp. */
export function createExtensions(dependencies: { readonly clock: Clock }): Extensions {
  return {
    chatProviders: [createChatProvider(dependencies.clock)],
    imageProviders: [createImageProvider(dependencies.clock)],
    chatModels: [simulatedChatModel, simulatedTextModel],
    imageModels: [simulatedImageModel],
  };
}
