import type { Conversations } from "../../ports/conversations.ts";
import type { ContentSniffer, Files } from "../../ports/files.ts";
import type { Gallery } from "../../ports/gallery.ts";
import type { Images } from "../../ports/images.ts";
import type { GuardedHttp } from "../../ports/outbound.ts";
import type { Ids } from "../../ports/platform.ts";
import type { SearchIndex } from "../../ports/search.ts";
import type { ImageLinks } from "../images/image-links.ts";
import type { ImageStorageDependencies } from "../images/image-storage-dependencies.ts";

/** What the operations of the gallery need; each takes what it uses. */
export interface GalleryDependencies extends ImageStorageDependencies {
  readonly images: Images;
  readonly gallery: Gallery;
  readonly files: Files;
  readonly conversations: Conversations;
  readonly searchIndex: SearchIndex;
  readonly contentSniffer: ContentSniffer;
  /** Never reaches this machine itself: nobody's pictures are there. */
  readonly pictureHttp: GuardedHttp;
  readonly imageLinks: ImageLinks;
  readonly ids: Ids;
}
