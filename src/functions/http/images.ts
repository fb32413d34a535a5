import * as z from "zod";
import { reply } from "../../http/reply.ts";
import { idParameter } from "../../schemas/common.ts";
import { imageContentQuery } from "../../schemas/images.ts";
import { defineRoute } from "../define-route.ts";

/** A signed address changes within a day at the latest, so a browser may keep what it got for that long. */
const cacheSeconds = 86_400;

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
      const content = await getImageContent(services, { principal, imageId: params.image_id, query });
      const headers = { etag: content.etag, "cache-control": `private, max-age=${cacheSeconds}, immutable` };
      if (request.header("if-none-match") === content.etag) return reply({ kind: "empty", status: 304, headers });
      return reply({ kind: "bytes", bytes: content.bytes, mimeType: content.mimeType, headers });
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
];
