import * as z from "zod";
import { attachmentDisposition } from "../../http/attachment.ts";
import { reply } from "../../http/reply.ts";
import { idParameter, listOf } from "../../schemas/common.ts";
import { fileSchema, listFilesQuery, uploadFileBody, uploadFileLimits, uploadFileQuery } from "../../schemas/files.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Files";
const params = z.object({ file_id: idParameter });
const load = () => import("../../operations/files/read-files.ts");

export const fileRoutes = [
  defineRoute({
    method: "POST",
    path: "/v1/files",
    summary: "Upload a file; the same bytes again give the file that is there, with 200",
    tag,
    auth: "user",
    limit: "upload",
    usage: "file_upload",
    isIdempotent: true,
    query: uploadFileQuery,
    upload: uploadFileLimits,
    body: uploadFileBody,
    status: 201,
    response: fileSchema,
    handle: async (services, { principal, query, body }) => {
      const { uploadFile } = await import("../../operations/files/upload-file.ts");
      const { file, isNew } = await uploadFile(services, {
        userId: principal.userId,
        tier: principal.tier,
        upload: body,
        conversationId: body.fields.conversation_id ?? query.conversation_id,
      });
      return reply({
        kind: "json",
        status: isNew ? 201 : 200,
        headers: { location: `/api/v1/files/${file.id}` },
        body: file,
      });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/files",
    summary: "Your files, newest first",
    tag,
    auth: "user",
    query: listFilesQuery,
    response: listOf(fileSchema),
    handle: async (services, { principal, query }) =>
      (await load()).listFiles(services, { userId: principal.userId, query }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/files/{file_id}",
    summary: "One file, with its analysis",
    tag,
    auth: "user",
    params,
    response: fileSchema,
    handle: async (services, { principal, params: { file_id: fileId } }) =>
      (await load()).getFile(services, { userId: principal.userId, fileId }),
  }),
  defineRoute({
    method: "DELETE",
    path: "/v1/files/{file_id}",
    summary: "Delete a file for good, with its bytes and every mention of it",
    tag,
    auth: "user",
    params,
    handle: async (services, { principal, params: { file_id: fileId } }) =>
      (await import("../../operations/files/delete-files.ts")).deleteFile(services, {
        userId: principal.userId,
        fileId,
      }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/files/{file_id}/content",
    summary: "A file's bytes, as a download",
    tag,
    auth: "user",
    usage: "file_download",
    params,
    answer: "bytes",
    handle: async (services, { principal, params: { file_id: fileId }, request }) => {
      const content = await (await load()).getFileContent(services, { userId: principal.userId, fileId });
      const headers = {
        etag: content.etag,
        "cache-control": "private, no-cache",
        "content-disposition": attachmentDisposition(content.fileName),
        "content-security-policy": "default-src 'none'; sandbox",
      };
      if (request.header("if-none-match") === content.etag) return reply({ kind: "empty", status: 304, headers });
      return reply({ kind: "bytes", bytes: await content.read(), mimeType: content.mimeType, headers });
    },
  }),
];
