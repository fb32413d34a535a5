import type { Conversations } from "../../ports/conversations.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { Files } from "../../ports/files.ts";
import type { Gallery } from "../../ports/gallery.ts";
import type { Generations } from "../../ports/generations.ts";
import type { UserSettings } from "../../ports/memories.ts";
import type { Messages } from "../../ports/messages.ts";
import type { GuardedHttp, WebhookSigner } from "../../ports/outbound.ts";
import type { Ids } from "../../ports/platform.ts";
import type { ProviderRegistry } from "../../ports/providers.ts";
import type { GenerationQueue } from "../../ports/storage.ts";
import type { Users } from "../../ports/users.ts";
import type { GenerationWebhooks, WebhookQueue, WebhookSecrets } from "../../ports/webhooks.ts";
import type { ImageLinks } from "../images/image-links.ts";
import type { ImageStorageDependencies } from "../images/image-storage-dependencies.ts";

/** What the operations of a generation need; each takes what it uses. */
export interface GenerationDependencies extends ImageStorageDependencies {
  readonly users: Users;
  readonly ledger: Ledger;
  readonly conversations: Conversations;
  readonly messages: Messages;
  readonly generations: Generations;
  readonly gallery: Gallery;
  readonly generationQueue: GenerationQueue;
  readonly files: Files;
  readonly guardedHttp: GuardedHttp;
  readonly generationWebhooks: GenerationWebhooks;
  readonly webhookQueue: WebhookQueue;
  readonly webhookSecrets: WebhookSecrets;
  readonly webhookSigner: WebhookSigner;
  readonly userSettings: UserSettings;
  readonly providers: () => Promise<ProviderRegistry>;
  readonly imageLinks: ImageLinks;
  readonly ids: Ids;
}
