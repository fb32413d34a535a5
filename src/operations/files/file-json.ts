import type { UploadedFile } from "../../domain/file.ts";
import type { FileJson } from "../../schemas/files.ts";

/** A file as the API shows it: never its place in the storage. */
export function toFileJson(file: UploadedFile): FileJson {
  return {
    id: file._id,
    conversation_id: file.conversation_id ?? null,
    file_name: file.file_name,
    file_type: file.file_type,
    file_size: file.file_size,
    mime_type: file.mime_type,
    sha256: file.sha256,
    analysis_status: file.analysis_status,
    analysis_result: file.analysis_result,
    analysis_error: file.analysis_error ?? null,
    content_url: `/api/v1/files/${file._id}/content`,
    metadata: file.metadata,
    created_at: file.created_at.toISOString(),
    updated_at: file.updated_at.toISOString(),
  };
}
