/** A part of something stored. */
export interface StoredPiece {
  readonly bytes: Uint8Array;
  /** Of the whole. */
  readonly totalBytes: number;
}

interface PieceSource {
  /** At most `length` bytes from `offset` on, which lies within. Null when there is nothing of the name. */
  getPiece(input: { name: string; offset: number; length: number }): Promise<StoredPiece | null>;
}

export interface StoredBlob {
  readonly name: string;
  readonly bytes: number;
  readonly changedAt: Date;
}

/** Bytes by name. */
export interface BlobStorage extends PieceSource {
  /** Writes or overwrites. @returns the blob's permanent URL (not public) */
  put(input: { name: string; bytes: Uint8Array; mimeType: string }): Promise<string>;
  /** Null when there is none. */
  get(name: string): Promise<Uint8Array | null>;
  /** Bytes; null when there is none. */
  sizeOf(name: string): Promise<number | null>;
  /** In the order of their names. @param input.after what `next` of the page before says */
  list(input: {
    prefix: string;
    after: string | null;
    limit: number;
  }): Promise<{ readonly blobs: readonly StoredBlob[]; readonly next: string | null }>;
  /** An address at the storage service by which everybody can read the blob, sent with these headers, until it expires. */
  signedUrl(input: { name: string; mimeType: string; cacheControl: string; expiresAt: Date }): Promise<string>;
  /** Removing what is not there is fine. */
  remove(name: string): Promise<void>;
  ping(): Promise<void>;
}

/** A folder of files on this machine that may vanish at any time. */
export interface LocalCache extends PieceSource {
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | null>;
  remove(name: string): Promise<void>;
  /** Removes files older than `maxAgeMs`, then the oldest until at most `maxBytes` are left. */
  clean(input: {
    now: Date;
    maxAgeMs: number;
    maxBytes: number;
  }): Promise<{ removedFiles: number; removedBytes: number; keptBytes: number }>;
}

export interface ImageInspection {
  readonly width: number;
  readonly height: number;
  readonly mimeType: string;
  /** Of the picture as it is seen, hex. */
  readonly phash: string;
  /** Whether there is more than pixels, as a camera's EXIF. */
  readonly carriesMetadata: boolean;
}

export interface ImageProcessor {
  /** Decodes the picture to prove that it is one. @throws AppError `unprocessable` when it is not, or is too large */
  inspect(bytes: Uint8Array): Promise<ImageInspection>;
  /** A 256×256 JPEG, cut to fill, by Lanczos. Without metadata, upright; of an animation its first frame. */
  thumbnail(bytes: Uint8Array): Promise<Uint8Array>;
  /** A JPEG of at most 500 KB at the best quality from 95 to 10 that fits; smaller only if none does. Else as a thumbnail. */
  preview(bytes: Uint8Array): Promise<Uint8Array>;
  /**
   * The picture in its own format without anything beside the pixels: no places, names or prompts.
   * @param options.isTrusted made by a model: it stays as it is unless it says that it carries metadata
   */
  shareable(bytes: Uint8Array, options: { isTrusted: boolean }): Promise<Uint8Array>;
}

export interface QueueState {
  /** Messages waiting or being worked on; the service's own estimate. */
  readonly approximateMessages: number;
}

/** A queue as it looks from outside of its workers. */
export interface QueueBacklog {
  readonly queueName: string;
  state(): Promise<QueueState>;
  /** When the message at the head was sent; null when none waits. */
  oldestInsertedAt(): Promise<Date | null>;
}

export interface GenerationQueue {
  /** @param delaySeconds how long the message stays invisible */
  send(input: { generationId: string; delaySeconds?: number }): Promise<void>;
  state(): Promise<QueueState>;
  ping(): Promise<void>;
}
