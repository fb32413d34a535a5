export const imageServices = ["blob", "imgbb", "postimages", "local"] as const;
export type ImageService = (typeof imageServices)[number];
export const imageVariants = ["original", "thumbnail", "preview"] as const;
export type ImageVariant = (typeof imageVariants)[number];

/** One place where a picture is, or was meant to be. */
export interface ImageCopy {
  readonly service: ImageService;
  readonly url?: string;
  /** Whoever knows it can delete the copy: it never leaves the backend. */
  readonly delete_url?: string;
  /** Of the copy's bytes, hex; only where they differ from the original's (metadata was taken out). */
  readonly sha256?: string;
  /** When the host deletes it by itself. */
  readonly expires_at?: Date;
  /** When it was last seen to be there; null: it is not. */
  readonly verified_at: Date | null;
  /** Why it is not there. */
  readonly error?: string;
}

/** A document of `images`: the registry behind every stored picture. */
export interface Image {
  readonly _id: string;
  readonly user_id: string;
  readonly generation_id?: string;
  readonly conversation_id?: string;
  readonly index: number;
  /** The original's name in Blob Storage and in the local caches, wherever its home is at the moment. */
  readonly blob_name?: string;
  readonly thumbnail_blob?: string;
  readonly preview_blob?: string;
  /** The public copy's address. */
  readonly cloud_url?: string;
  /** Deletes the public copy: never leaves the backend. */
  readonly delete_url?: string;
  /** The original's home now. */
  readonly service: ImageService;
  readonly copies: readonly ImageCopy[];
  /** Hex of the original's bytes. */
  readonly sha256: string;
  /** Owner and sha-256 of one that brought its bytes itself: unique, so that of several at once only one does. */
  readonly content_key?: string;
  readonly width: number;
  readonly height: number;
  /** Bytes. */
  readonly size: number;
  readonly mime_type: string;
  /** Only where it is so: the original has more than pixels (EXIF with a place, a program's notes). */
  readonly carries_metadata?: true;
  readonly generated: boolean;
  readonly caption: string | null;
  readonly prompt: string | null;
  readonly tags: readonly string[];
  /** The perceptual hash, hex; missing until it is made, empty when none can be made. */
  readonly phash?: string;
  readonly deleted_at?: Date;
  /** Of a deleted picture: when the next attempt to remove what is left of it is due. */
  readonly removal_due_at?: Date;
  readonly removal_attempts?: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const extensions: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
};

const unknownExtension = "bin";

/** For a file's name, without the dot. */
export function extensionOfImage(mimeType: string): string {
  return extensions[mimeType] ?? unknownExtension;
}

/** What a picture and its derivatives are called in Blob Storage and in the local caches. */
export type ImageNames = Required<Pick<Image, "blob_name" | "thumbnail_blob" | "preview_blob">>;

/** Where pictures are among the blobs: those of generations, and uploaded ones. */
export const imageFolders = ["generations/", "images/"] as const;
export type ImageFolder = (typeof imageFolders)[number];

function imageNames(stem: string, mimeType: string): ImageNames {
  return {
    blob_name: `${stem}.${extensionOfImage(mimeType)}`,
    thumbnail_blob: `${stem}.thumbnail.jpg`,
    preview_blob: `${stem}.preview.jpg`,
  };
}

/** What a picture's blobs have in common. */
export function imageStem(blobName: string): string {
  return blobName.replace(/(\.thumbnail\.jpg|\.preview\.jpg|\.\w+)$/, "");
}

/** What the original of a stem may be called. */
export function originalNames(stem: string): string[] {
  return [...Object.values(extensions), unknownExtension].map((extension) => `${stem}.${extension}`);
}

/** Names are a function of the generation, so storing again overwrites the same thing. */
export function generationImageNames(generationId: string, index: number, mimeType: string): ImageNames {
  return imageNames(`${imageFolders[0]}${generationId}/${index}`, mimeType);
}

export function uploadedImageNames(imageId: string, mimeType: string): ImageNames {
  return imageNames(`${imageFolders[1]}${imageId}`, mimeType);
}

/** Ids of a generation's pictures follow from the generation's, so that a second worker registers the same ones. */
export function generationImageId(generationId: string, index: number): string {
  return `img_${generationId.replace(/^gen_/, "")}_${index}`;
}

/** Where a picture is: what two documents of the same bytes share. */
export type ImagePlaces = Pick<
  Image,
  "blob_name" | "thumbnail_blob" | "preview_blob" | "cloud_url" | "delete_url" | "service" | "copies"
>;

export function imagePlaces(image: ImagePlaces): ImagePlaces {
  return {
    ...(image.blob_name === undefined ? {} : { blob_name: image.blob_name }),
    ...(image.thumbnail_blob === undefined ? {} : { thumbnail_blob: image.thumbnail_blob }),
    ...(image.preview_blob === undefined ? {} : { preview_blob: image.preview_blob }),
    ...(image.cloud_url === undefined ? {} : { cloud_url: image.cloud_url }),
    ...(image.delete_url === undefined ? {} : { delete_url: image.delete_url }),
    service: image.service,
    copies: image.copies,
  };
}

/** The names of everything that Blob Storage and the caches may hold of a picture. */
export function storedNames(image: ImagePlaces): string[] {
  return [image.blob_name, image.thumbnail_blob, image.preview_blob].filter((name) => name !== undefined);
}

/** Whether a copy is there, as far as is known. */
export function isSound(copy: ImageCopy): boolean {
  return copy.verified_at !== null && copy.error === undefined;
}

/** The permanent address in Blob Storage, if the picture is there. */
export function blobUrl(copies: readonly ImageCopy[]): string | undefined {
  return copies.find((copy) => copy.service === "blob" && isSound(copy))?.url;
}

/** The public copy that is shown, if there is one; hosts come in the order in which they are preferred. */
export function publicCopy(copies: readonly ImageCopy[]): ImageCopy | undefined {
  return copies.find(
    (copy) => (copy.service === "imgbb" || copy.service === "postimages") && copy.url !== undefined && isSound(copy),
  );
}

/** The places of a picture by its copies: the home is Blob if it is there, else the next one, else the local cache. */
export function placesByCopies(names: Partial<ImageNames>, copies: readonly ImageCopy[]): ImagePlaces {
  const shown = publicCopy(copies);
  const isInBlob = copies.some((copy) => copy.service === "blob" && isSound(copy));
  return {
    ...names,
    ...(shown?.url === undefined ? {} : { cloud_url: shown.url }),
    ...(shown?.delete_url === undefined ? {} : { delete_url: shown.delete_url }),
    service: isInBlob ? "blob" : (shown?.service ?? "local"),
    copies,
  };
}

/** While a removal is under way nobody else takes it up, in ms. */
export const removalLeaseMs = 60_000;
const eagerRemovals = 5;
const hourMs = 3_600_000;

/** A removal that failed is tried again by each run of the timer at first, then ever later, at least once a day. In ms. */
export function removalDelayMs(attempts: number): number {
  return attempts <= eagerRemovals ? 0 : Math.min(hourMs * 2 ** (attempts - eagerRemovals), 24 * hourMs);
}

/** Of the picture that a generation starts from, where it came with the request: a repeat of the request stores it once. */
export function initImageIdOf(generationId: string): string {
  return `img_${generationId.replace(/^gen_/, "")}_init`;
}
