import type { Conversations, Generations, Images, Ledger, Messages, Users } from "../../ports/database.ts";
import type { UserSettings } from "../../ports/memories.ts";
import type { Clock, Ids, Logger } from "../../ports/platform.ts";
import type { ProviderRegistry } from "../../ports/providers.ts";
import type { BlobStorage, GenerationQueue, ImageProcessor, LocalCache } from "../../ports/storage.ts";
import type { ImageLinks } from "../images/image-links.ts";

/** What the operations of a generation need; each takes what it uses. */
export interface GenerationDependencies {
  readonly users: Users;
  readonly ledger: Ledger;
  readonly conversations: Conversations;
  readonly messages: Messages;
  readonly generations: Generations;
  readonly images: Images;
  readonly blobs: BlobStorage;
  readonly imageProcessor: ImageProcessor;
  readonly localCache: LocalCache;
  readonly generationQueue: GenerationQueue;
  readonly userSettings: UserSettings;
  readonly providers: () => Promise<ProviderRegistry>;
  readonly imageLinks: ImageLinks;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}
