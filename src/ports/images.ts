import type { Image } from "../domain/image.ts";

export interface Images {
  /** Writes the document, replacing one with the same id (a second worker stores the same picture). */
  put(image: Image): Promise<void>;
  find(input: { userId: string; imageId: string }): Promise<Image | null>;
  /** For signed URLs, whose signature stands for the owner. */
  findById(imageId: string): Promise<Image | null>;
  /** In no particular order; deleted ones are left out. */
  findMany(imageIds: readonly string[]): Promise<readonly Image[]>;
}
