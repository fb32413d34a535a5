import { AppError } from "./errors.ts";
import type { FileKind } from "./file.ts";

/** What a look at the bytes told, whatever the file is called. */
export interface SniffedContent {
  /** `other` is anything that Muse does not take. */
  readonly family: "image" | "pdf" | "docx" | "text" | "other";
  /** As it was recognised; for a picture one of those that may be uploaded. */
  readonly mimeType: string;
  /** For the sentence "the content is …". */
  readonly description: string;
}

interface TextKind {
  readonly kind: FileKind;
  readonly mimeType: string;
}

const plain = (kind: FileKind, mimeType = "text/plain"): TextKind => ({ kind, mimeType });

const sourceExtensions =
  "js mjs cjs jsx ts mts cts tsx py pyi rb go rs java kt kts scala c h cc cpp cxx hpp cs swift m mm php pl lua r jl " +
  "dart ex exs erl hs clj sql sh bash zsh fish ps1 bat cmd html htm xhtml css scss sass less vue svelte astro xml svg " +
  "yaml yml toml ini cfg conf env properties gradle tf hcl bicep proto graphql gql tex bib diff patch ipynb jsonl ndjson";

/**
 * Text by its extension. Markup is source text here: it is kept and given back as plain text, so no browser runs it.
 */
const textExtensions: ReadonlyMap<string, TextKind> = new Map([
  ...["txt", "text", "log", "srt", "vtt"].map((extension) => [extension, plain("text")] as const),
  ...["md", "markdown", "mdx", "rst", "adoc"].map(
    (extension) => [extension, plain("markdown", "text/markdown")] as const,
  ),
  ["csv", plain("csv", "text/csv")],
  ["tsv", plain("csv", "text/tab-separated-values")],
  ["json", plain("json", "application/json")],
  ...sourceExtensions.split(" ").map((extension) => [extension, plain("source")] as const),
]);

export const imageExtensions: Readonly<Record<string, readonly string[]>> = {
  "image/png": ["png", "apng"],
  "image/jpeg": ["jpg", "jpeg", "jpe", "jfif"],
  "image/gif": ["gif"],
  "image/webp": ["webp"],
};

/** Extensions that promise something that is not text; a text under such a name is not what it says. */
const binaryExtensions: ReadonlySet<string> = new Set([
  ...Object.values(imageExtensions).flat(),
  ..."pdf docx".split(" "),
  ..."exe dll so dylib msi com scr sys bin app apk ipa deb rpm class jar war wasm pyc".split(" "),
  ..."zip rar 7z gz tgz tar bz2 xz zst lz4 cab iso dmg".split(" "),
  ..."doc docm dotx xls xlsx xlsm ppt pptx odt ods odp rtf epub pages numbers key".split(" "),
  ..."bmp tif tiff heic heif avif ico psd jxl mp3 mp4 m4a mov avi mkv webm wav ogg flac".split(" "),
  ..."ttf otf woff woff2 sqlite db parquet".split(" "),
]);

/** Content that is allowed only under these names, or under one that promises nothing. */
const ownExtensions: Readonly<Record<"pdf" | "docx", readonly string[]>> = { pdf: ["pdf"], docx: ["docx"] };

const docxMimeType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/** Lower-case, without the dot; empty when the name has none. */
export function extensionOf(fileName: string): string {
  return /[^.]\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? "";
}

/**
 * What the file is, by its content. The name only tells kinds of text apart, and must not contradict the content.
 * @throws AppError `unsupported_media_type` naming what was found
 */
export function classifyFile(content: SniffedContent, fileName: string): { kind: FileKind; mimeType: string } {
  const extension = extensionOf(fileName);
  switch (content.family) {
    case "other":
      throw refused(`The content is ${content.description}, which cannot be uploaded.`);
    case "text":
      if (binaryExtensions.has(extension)) throw contradiction(content, extension);
      return textExtensions.get(extension) ?? plain("text");
    case "image":
      requireFitting(content, extension, imageExtensions[content.mimeType] ?? []);
      return { kind: "image", mimeType: content.mimeType };
    case "pdf":
      requireFitting(content, extension, ownExtensions.pdf);
      return { kind: "pdf", mimeType: "application/pdf" };
    case "docx":
      requireFitting(content, extension, ownExtensions.docx);
      return { kind: "docx", mimeType: docxMimeType };
  }
}

function requireFitting(content: SniffedContent, extension: string, own: readonly string[]): void {
  const promisesOther = textExtensions.has(extension) || binaryExtensions.has(extension);
  if (promisesOther && !own.includes(extension)) throw contradiction(content, extension);
}

function contradiction(content: SniffedContent, extension: string): AppError {
  return refused(`The name ends in .${extension}, but the content is ${content.description}.`);
}

function refused(detail: string): AppError {
  return new AppError("unsupported_media_type", {
    detail: `${detail} Files may be PNG, JPEG, GIF or WebP pictures, PDF, DOCX, and text in UTF-8.`,
  });
}
