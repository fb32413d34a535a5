import * as z from "zod";
import { isSameForRange, matchesEtag, parseRange } from "../../http/ranges.ts";
import { type Reply, reply } from "../../http/reply.ts";
import type { RequestFacts } from "../../http/route.ts";
import type { ImageContent } from "../../operations/images/get-image-content.ts";
import { idParameter } from "../../schemas/common.ts";
import { imageContentQuery, imageRestoreSchema, restoreImagesBody } from "../../schemas/images.ts";
import { defineRoute } from "../define-route.ts";

/** A picture is shown as one and nothing else, whatever it may hold besides. */
const inertHeaders = { "content-security-policy": "default-src 'none'; sandbox" };

function contentReply(content: ImageContent, request: RequestFacts): Reply {
  const { cacheControl } = content;
  if (content.kind === "redirect") {
    return reply({ kind: "empty", status: 302, headers: { location: content.url, "cache-control": cacheControl } });
  }
  const { etag, totalBytes, mimeType } = content;
  const headers = { ...inertHeaders, etag, "accept-ranges": "bytes", "cache-control": cacheControl };
  if (matchesEtag(request.header("if-none-match"), etag)) return reply({ kind: "empty", status: 304, headers });
  const asked = isSameForRange(request.header("if-range"), etag) ? request.header("range") : null;
  const range = parseRange(asked, totalBytes);
  if (range === null) {
    const unsatisfied = { ...inertHeaders, "accept-ranges": "bytes", "content-range": `bytes */${totalBytes}` };
    return reply({ kind: "empty", status: 416, headers: unsatisfied });
  }
  const { offset, length } = range ?? { offset: 0, length: totalBytes };
  const contentRange = { "content-range": `bytes ${offset}-${offset + length - 1}/${totalBytes}` };
  return reply({
    kind: "stream",
    status: range === undefined ? 200 : 206,
    chunks: content.read({ offset, length }),
    mimeType,
    headers: { ...headers, ...(range === undefined ? {} : contentRange), "content-length": String(length) },
  });
}

export const imageRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/images/{image_id}/content",
    summary: "A picture's bytes, with the owner's token or a signed address",
    tag: "Generation",
    auth: "optional",
    usage: "file_download",
    params: z.object({ image_id: idParameter }),
    query: imageContentQuery,
    answer: "bytes",
    handle: async (services, { principal, params, query, request }) => {
      const { getImageContent } = await import("../../operations/images/get-image-content.ts");
      return contentReply(await getImageContent(services, { principal, imageId: params.image_id, query }), request);
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/v1/images/{image_id}",
    summary: "Delete a picture everywhere: its bytes, its copies at public hosts, and every mention of it",
    tag: "Generation",
    auth: "user",
    params: z.object({ image_id: idParameter }),
    handle: async (services, { principal, params: { image_id: imageId } }) =>
      (await import("../../operations/images/delete-image.ts")).deleteImage(services, {
        userId: principal.userId,
        imageId,
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/image-restores",
    summary: "Refill Blob Storage or the cache from the copies that survive",
    tag: "Admin",
    auth: "admin",
    body: restoreImagesBody,
    response: imageRestoreSchema,
    handle: async (services, { principal, body }) =>
      (await import("../../operations/images/restore-images.ts")).restoreImages(services, {
        actorId: principal.userId,
        body,
      }),
  }),
];
