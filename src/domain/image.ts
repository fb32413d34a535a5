export const imageServices = ["blob", "imgbb", "postimages", "local"] as const;
export type ImageService = (typeof imageServices)[number];
export const imageVariants = ["original", "thumbnail"] as const;
export type ImageVariant = (typeof imageVariants)[number];

export interface ImageCopy {
  readonly service: ImageService;
  readonly url?: string;
  readonly verified_at: Date | null;
  readonly error?: string;
}

/** A document of `images`: the registry behind every stored picture. */
export interface Image {
  readonly _id: string;
  readonly user_id: string;
  readonly generation_id?: string;
  readonly conversation_id?: string;
  readonly index: number;
  readonly blob_name?: string;
  readonly thumbnail_blob?: string;
  readonly cloud_url?: string;
  readonly service: ImageService;
  readonly copies: readonly ImageCopy[];
  /** Hex of the original's bytes. */
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  /** Bytes. */
  readonly size: number;
  readonly mime_type: string;
  readonly generated: boolean;
  readonly caption: string | null;
  readonly prompt: string | null;
  readonly tags: readonly string[];
  readonly deleted_at?: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const extensions: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
};

/** Names are a function of the generation, so storing again overwrites the same thing. */
export function generationBlobName(generationId: string, index: number, mimeType: string): string {
  return `generations/${generationId}/${index}.${extensions[mimeType] ?? "bin"}`;
}

/** The 256×256 thumbnail beside a generation's picture. */
export function generationThumbnailName(generationId: string, index: number): string {
  return `generations/${generationId}/${index}.thumbnail.jpg`;
}

/** Ids of a generation's pictures follow from the generation's, so that a second worker registers the same ones. */
export function generationImageId(generationId: string, index: number): string {
  return `img_${generationId.replace(/^gen_/, "")}_${index}`;
}
