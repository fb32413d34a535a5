import type { ImageHomes, ImageHost } from "../../ports/image-homes.ts";
import type { Images } from "../../ports/images.ts";
import type { Clock, Logger } from "../../ports/platform.ts";
import type { BlobStorage, ImageProcessor, LocalCache } from "../../ports/storage.ts";

/** What storing, reading, moving and deleting pictures needs; each operation takes what it uses. */
export interface ImageStorageDependencies {
  readonly images: Images;
  readonly imageHomes: ImageHomes;
  /** Those that are configured, in the order in which they are preferred. */
  readonly imageHosts: readonly ImageHost[];
  readonly blobs: BlobStorage;
  readonly localCache: LocalCache;
  readonly imageProcessor: ImageProcessor;
  readonly clock: Clock;
  readonly logger: Logger;
}
