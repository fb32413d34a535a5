/** Bytes of an uploaded file at most. */
export const maxFileBytes = 50 * 1_048_576;
/** Characters of a file's text that are kept. */
export const maxTextCharacters = 2_000_000;
/** Characters of it that `analysis_result.preview` shows. */
export const previewCharacters = 2_000;
/** Characters of a summary by a model at most. */
export const summaryCharacters = 2_000;

export const fileKinds = ["image", "pdf", "docx", "text", "markdown", "csv", "json", "source"] as const;
export type FileKind = (typeof fileKinds)[number];

/** `skipped`: there was nothing in the file to analyse, as in a PDF made of scans. */
export const analysisStatuses = ["pending", "done", "failed", "skipped"] as const;
export type AnalysisStatus = (typeof analysisStatuses)[number];

/** What is known of a file's content. Texts have the first group, pictures the second. */
export interface AnalysisResult {
  readonly text_length?: number;
  readonly pages?: number;
  /** ISO 639-1, where a short look was enough to tell. */
  readonly language?: string;
  readonly summary?: string;
  readonly preview?: string;
  /** Whether the kept text is only the file's beginning. */
  readonly truncated?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly format?: string;
  /** What a model saw in the picture. */
  readonly description?: string;
}

/** A document of `uploaded_files`. */
export interface UploadedFile {
  readonly _id: string;
  readonly user_id: string;
  readonly conversation_id?: string;
  /** As the user called it, without any path. */
  readonly file_name: string;
  /** Name of the blob; never leaves the backend. */
  readonly file_path: string;
  readonly file_type: FileKind;
  /** Bytes. */
  readonly file_size: number;
  readonly mime_type: string;
  /** Hex of the bytes. */
  readonly sha256: string;
  /** Owner and sha-256: unique, so that the same bytes are one file. Absent once the file is being deleted. */
  readonly content_key?: string;
  readonly analysis_status: AnalysisStatus;
  readonly analysis_result: AnalysisResult | null;
  /** One sentence for the owner, when the analysis failed. */
  readonly analysis_error?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** How often the analysis was begun. */
  readonly attempts: number;
  readonly lease?: { readonly owner: string; readonly until: Date };
  /** When the message for the analysis was last sent; absent if it never was. */
  readonly enqueued_at?: Date;
  /** True while the analysis is pending or the deletion has not ended; absent otherwise. */
  readonly is_open?: true;
  /** Gone for everybody; its blobs are being removed. */
  readonly deleted_at?: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** A file as it stands in a message's document. `path` never leaves the backend. */
export interface MessageFile {
  readonly file_id: string;
  readonly name: string;
  readonly path: string;
  readonly type: FileKind;
  readonly size: number;
  readonly mime_type: string;
  readonly analysis_result: AnalysisResult | null;
}

export function toMessageFile(file: UploadedFile): MessageFile {
  return {
    file_id: file._id,
    name: file.file_name,
    path: file.file_path,
    type: file.file_type,
    size: file.file_size,
    mime_type: file.mime_type,
    analysis_result: file.analysis_result,
  };
}

export function contentKey(userId: string, sha256: string): string {
  return `${userId}/${sha256}`;
}

/**
 * The blob of a file. The id is part of it, so that a file that is being deleted and the same bytes uploaded anew never
 * share a blob.
 */
function fileBlobName(userId: string, sha256: string, fileId: string): string {
  return `files/${userId}/${sha256}-${fileId}`;
}

/** The blob with the text that was read out of a file, beside the file's own. */
export function textBlobName(file: Pick<UploadedFile, "file_path">): string {
  return `${file.file_path}.text`;
}

export function newUploadedFile(input: {
  fileId: string;
  userId: string;
  conversationId?: string | undefined;
  fileName: string;
  kind: FileKind;
  mimeType: string;
  size: number;
  sha256: string;
  /** Known at once for pictures. */
  analysisResult: AnalysisResult | null;
  now: Date;
}): UploadedFile {
  return {
    _id: input.fileId,
    user_id: input.userId,
    ...(input.conversationId === undefined ? {} : { conversation_id: input.conversationId }),
    file_name: input.fileName,
    file_path: fileBlobName(input.userId, input.sha256, input.fileId),
    file_type: input.kind,
    file_size: input.size,
    mime_type: input.mimeType,
    sha256: input.sha256,
    content_key: contentKey(input.userId, input.sha256),
    analysis_status: "pending",
    analysis_result: input.analysisResult,
    metadata: {},
    attempts: 0,
    is_open: true,
    created_at: input.now,
    updated_at: input.now,
  };
}

const maxNameLength = 200;

/**
 * A name as it may be kept and shown: the last part of a path, without what no file name should have. Empty when
 * nothing is left of it.
 */
export function cleanFileName(name: string): string {
  const last = name.normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  const clean = last
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069\u{E0000}-\u{E007F}]/gu, "")
    .toWellFormed()
    .trim();
  if (/^\.*$/.test(clean)) return "";
  const characters = Array.from(clean);
  if (characters.length <= maxNameLength) return clean;
  const dot = clean.lastIndexOf(".");
  const extension = dot > 0 && clean.length - dot <= 12 ? clean.slice(dot) : "";
  return characters.slice(0, maxNameLength - extension.length).join("") + extension;
}
