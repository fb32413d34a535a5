import type { Image, ImageCopy, ImagePlaces } from "../domain/image.ts";
import type { ListPosition } from "./database.ts";

export interface HostedCopy {
  readonly url: string;
  /** Missing: the host gave none, and the copy cannot be deleted by us. */
  readonly deleteUrl?: string;
  readonly expiresAt?: Date;
}

/** A public host of pictures. Whatever is given to it, everybody with the address can see. */
export interface ImageHost {
  readonly service: "imgbb" | "postimages";
  /** The largest file that it takes. */
  readonly maxBytes: number;
  /** @throws AppError `unavailable` (retryable), or `provider_failed` when it refuses the picture */
  upload(input: { name: string; bytes: Uint8Array; mimeType: string }): Promise<HostedCopy>;
  /** Null when it is gone. @throws AppError `unavailable` */
  download(url: string): Promise<Uint8Array | null>;
  /** @throws AppError `unavailable` when that cannot be told */
  isThere(url: string): Promise<boolean>;
  /** Removing what is gone is fine. @throws AppError `unavailable` */
  remove(deleteUrl: string): Promise<void>;
}

/**
 * What the registry of pictures knows of their places. Every change is conditional on the picture not being deleted,
 * except those that finish a removal.
 */
export interface ImageHomes {
  /** The pictures of this user with these bytes, oldest first; deleted ones are left out. */
  findByContent(input: { userId: string; sha256: string }): Promise<readonly Image[]>;
  /** Null: not this user's, or deleted already. */
  markDeleted(input: { userId: string; imageId: string; now: Date; removalDueAt: Date }): Promise<Image | null>;
  /** Some of a user's pictures that are not deleted, newest first. */
  listOf(input: { userId: string; limit: number }): Promise<readonly Image[]>;
  /** Those of one generation that are not deleted. */
  findOfGeneration(input: { userId: string; generationId: string }): Promise<readonly Image[]>;
  /** Deleted pictures of which something is left and whose next attempt is due, longest due first. */
  findRemovalsDue(input: { now: Date; limit: number }): Promise<readonly Image[]>;
  /** Keeps what could not be removed, with the reasons in `copies`. */
  postponeRemoval(input: {
    imageId: string;
    copies: readonly ImageCopy[];
    attempts: number;
    dueAt: Date;
    now: Date;
  }): Promise<void>;
  /** Takes the picture out of messages and its generation. */
  removeReferences(input: {
    image: Pick<Image, "_id" | "user_id" | "generation_id">;
    blobUrl: string | undefined;
    now: Date;
  }): Promise<void>;
  /** Forgets a deleted picture. */
  forget(imageId: string): Promise<void>;
  /** Pictures of these services, oldest first, behind `after`. */
  listByService(input: {
    service: Image["service"];
    after?: ListPosition | undefined;
    limit: number;
  }): Promise<readonly Image[]>;
  /**
   * Notes where the picture is now, also in its generation and the messages that show it. False: it was deleted, or its
   * home has changed since it was read.
   */
  setPlaces(input: {
    image: Image;
    places: ImagePlaces;
    /** Of the bytes that are there now, where they may differ from those that were. */
    facts?: Pick<Image, "sha256" | "size" | "width" | "height" | "mime_type">;
    now: Date;
  }): Promise<boolean>;
}
