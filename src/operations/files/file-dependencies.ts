import type { Conversations } from "../../ports/conversations.ts";
import type {
  ContentSniffer,
  DescribePicture,
  FileAnalysisQueue,
  Files,
  PicturePreparer,
  SummarizeText,
  TextExtractor,
} from "../../ports/files.ts";
import type { Gallery } from "../../ports/gallery.ts";
import type { Clock, Ids, Logger } from "../../ports/platform.ts";
import type { BlobStorage, ImageProcessor } from "../../ports/storage.ts";

/** What the operations on files need; each takes what it uses. */
export interface FileDependencies {
  readonly files: Files;
  readonly gallery: Gallery;
  readonly conversations: Conversations;
  readonly blobs: BlobStorage;
  readonly contentSniffer: ContentSniffer;
  readonly imageProcessor: ImageProcessor;
  readonly textExtractor: TextExtractor;
  readonly picturePreparer: PicturePreparer;
  readonly fileAnalysisQueue: FileAnalysisQueue;
  /** Left out where no model can see. */
  readonly describePicture?: DescribePicture;
  /** Left out where no model can be asked. */
  readonly summarizeText?: SummarizeText;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}
