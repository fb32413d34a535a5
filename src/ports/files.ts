import type { AnalysisResult, AnalysisStatus, FileKind, UploadedFile } from "../domain/file.ts";
import type { SniffedContent } from "../domain/file-kinds.ts";
import type { ListPosition, Page } from "./database.ts";

/** Files that are being deleted are not there any more for any of these, unless it says otherwise. */
export interface Files {
  /** False: this user has a file with these bytes. */
  insert(file: UploadedFile): Promise<boolean>;
  find(input: { userId: string; fileId: string }): Promise<UploadedFile | null>;
  /** Of this user, in no particular order. */
  findMany(input: { userId: string; fileIds: readonly string[] }): Promise<readonly UploadedFile[]>;
  findByContent(input: { userId: string; sha256: string }): Promise<UploadedFile | null>;
  /** For workers, which act for the system. */
  findById(fileId: string): Promise<UploadedFile | null>;
  /** Whether anybody has it: tells `forbidden` from `not_found`. */
  exists(fileId: string): Promise<boolean>;
  /** Newest first. */
  list(input: {
    userId: string;
    conversationId?: string | undefined;
    after?: ListPosition | undefined;
    limit: number;
  }): Promise<Page<UploadedFile>>;
  /** What a user's files take together. */
  usage(userId: string): Promise<{ files: number; bytes: number }>;
  markEnqueued(input: { fileId: string; now: Date }): Promise<void>;
  /** pending without a lease, or with a lapsed one → a lease, attempts + 1. Null: not to be had. */
  claim(input: { fileId: string; owner: string; now: Date; leaseUntil: Date }): Promise<UploadedFile | null>;
  /** Ends a pending analysis. With `owner`, only while that owner has the lease. Null: it had ended, or was taken over. */
  finish(input: {
    fileId: string;
    owner?: string | undefined;
    status: Exclude<AnalysisStatus, "pending">;
    result: AnalysisResult | null;
    error?: string | undefined;
    now: Date;
  }): Promise<UploadedFile | null>;
  /** Gives the lease back after a failure that may pass. */
  release(input: { fileId: string; owner: string; now: Date }): Promise<void>;
  /**
   * Pending ones without a lease in force that were never enqueued and changed last before `neverBefore`, or changed
   * last before `lastBefore`. Longest unchanged first.
   */
  findLost(input: { neverBefore: Date; lastBefore: Date; now: Date; limit: number }): Promise<readonly UploadedFile[]>;
  /** Takes a file from everybody's sight, to be removed. Null: not this user's, or deleted before. */
  markDeleted(input: { userId: string; fileId: string; now: Date }): Promise<UploadedFile | null>;
  /** Deleted ones whose removal did not end, marked before `before`. */
  findUnremoved(input: { before: Date; limit: number }): Promise<readonly UploadedFile[]>;
  /** Takes the file out of the messages that it is attached to. */
  removeReferences(input: { userId: string; fileId: string; now: Date }): Promise<void>;
  /** Removes a deleted file's document. */
  remove(fileId: string): Promise<void>;
}

export interface FileAnalysisQueue {
  /** @param delaySeconds how long the message stays invisible */
  send(input: { fileId: string; delaySeconds?: number }): Promise<void>;
}

export interface ContentSniffer {
  /**
   * Recognises what the bytes are, never by a name.
   * @throws AppError `unprocessable` for a document that unpacks to too much, or is not built as it should be
   */
  sniff(bytes: Uint8Array): Promise<SniffedContent>;
}

export interface ExtractedText {
  /** At most `maxTextCharacters`. */
  readonly text: string;
  readonly pages?: number;
  readonly isTruncated: boolean;
}

export interface TextExtractor {
  /**
   * The text of a file, read without holding the event loop up, within bounds of time, memory and pages.
   * @throws AppError `unprocessable` with a sentence for the owner when the file cannot be read
   */
  extract(input: { kind: Exclude<FileKind, "image">; bytes: Uint8Array }): Promise<ExtractedText>;
}

export interface PicturePreparer {
  /** A JPEG that a model can look at: small enough to be sent, without metadata. @throws AppError `unprocessable` */
  prepareForModel(bytes: Uint8Array): Promise<{ mimeType: string; bytes: Uint8Array }>;
}

/** A model that can see, telling what is in a picture; null when none can at the moment. */
export type DescribePicture = (input: { userId: string; mimeType: string; base64: string }) => Promise<string | null>;

/** A model's summary of a text, in a few sentences; null when none can at the moment. */
export type SummarizeText = (input: { name: string; text: string }) => Promise<string | null>;
