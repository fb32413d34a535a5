import type { Image, ImageService } from "../domain/image.ts";
import type { SearchQuery } from "../domain/search.ts";
import type { ListPosition, Page } from "./database.ts";

/** Which of one's pictures a list shows; all conditions that are given have to hold. */
export interface GalleryFilter {
  readonly tag?: string | undefined;
  readonly generated?: boolean | undefined;
  readonly conversationId?: string | undefined;
  /** Words of prompt, caption and tags, all of which have to be there. */
  readonly words?: SearchQuery | undefined;
}

export type GalleryChanges = Partial<Pick<Image, "caption" | "tags">>;

/** What one service holds. Bytes that several pictures share count once. */
export interface ServiceUsage {
  readonly service: ImageService;
  readonly images: number;
  readonly bytes: number;
}

export interface ImageUsage {
  readonly images: number;
  readonly generated: number;
  /** Of all pictures, as if each had bytes of its own. */
  readonly bytes: number;
  /** What is really stored, since the same bytes of one user are stored once. */
  readonly storedBytes: number;
  /** Pictures of which no copy is left, as far as is known. */
  readonly lost: number;
  readonly uploaded: { readonly images: number; readonly bytes: number };
  readonly services: readonly ServiceUsage[];
}

export interface OwnerUsage {
  readonly userId: string;
  readonly images: number;
  readonly bytes: number;
}

/** How the gallery looks at the registry of pictures. Deleted pictures are not there for it. */
export interface Gallery {
  /** Newest first. */
  list(
    input: GalleryFilter & { userId: string; after?: ListPosition | undefined; limit: number },
  ): Promise<Page<Image>>;
  /**
   * Changes caption and tags, in the messages that show the picture too.
   * @param ifUnchangedSince the change is made only if the picture is as it was then
   * @returns null: not this user's, deleted, or changed meanwhile
   */
  update(input: {
    userId: string;
    imageId: string;
    changes: GalleryChanges;
    ifUnchangedSince?: Date | undefined;
    now: Date;
  }): Promise<Image | null>;
  /** Gives every perceptual hash of a user's pictures to `visit`, at most `limit`, in no particular order. */
  visitHashes(
    input: { userId: string; limit: number },
    visit: (picture: { readonly id: string; readonly phash: string }) => void,
  ): Promise<void>;
  /** Pictures of all users that have no perceptual hash yet. */
  findUnhashed(limit: number): Promise<readonly Image[]>;
  /** Which of these names of originals a picture has, deleted ones included while something of them is left. */
  findNamed(blobNames: readonly string[]): Promise<readonly string[]>;
  /** @param phash empty when none can be made, so that it is not tried again */
  setHash(input: { imageId: string; phash: string }): Promise<void>;
  /** How many pictures each of these conversations has; those without are left out. */
  countByConversation(input: {
    userId: string;
    conversationIds: readonly string[];
  }): Promise<ReadonlyMap<string, number>>;
  /** Places the pictures of a generation in the conversation that was made for it. */
  placeInConversation(input: { userId: string; imageIds: readonly string[]; conversationId: string }): Promise<void>;
  usageOf(userId: string): Promise<ImageUsage>;
  /** Pictures that this user uploaded: what counts against a plan. */
  uploadedOf(userId: string): Promise<{ readonly images: number; readonly bytes: number }>;
  /** Of all users. Reads the whole registry. */
  usageOfAll(): Promise<ImageUsage>;
  /** Those with the most bytes first. */
  largestOwners(limit: number): Promise<readonly OwnerUsage[]>;
}
