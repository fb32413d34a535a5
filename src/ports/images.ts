import type { Image } from "../domain/image.ts";

export interface Images {
  /**
   * Writes the document, also over one with the same id (a second worker stores the same picture), of which what its
   * owner may have changed stays.
   * @returns the document as it is now; null, and nothing is written, when another one has the same `content_key`
   */
  put(image: Image): Promise<Image | null>;
  find(input: { userId: string; imageId: string }): Promise<Image | null>;
  /** For signed URLs, whose signature stands for the owner. */
  findById(imageId: string): Promise<Image | null>;
  /** In no particular order; deleted ones are left out. */
  findMany(imageIds: readonly string[]): Promise<readonly Image[]>;
}
