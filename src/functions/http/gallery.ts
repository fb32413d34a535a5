import * as z from "zod";
import { attachmentDisposition } from "../../http/attachment.ts";
import { reply } from "../../http/reply.ts";
import { idParameter, listOf } from "../../schemas/common.ts";
import {
  adminStorageSchema,
  imageArchiveBody,
  imageBatchBody,
  imageBatchSchema,
  listImagesQuery,
  similarImagesQuery,
  similarImagesSchema,
  updateImageBody,
  uploadImageBody,
  uploadImageLimits,
  uploadImageQuery,
  userStorageSchema,
} from "../../schemas/gallery.ts";
import { imageSchema } from "../../schemas/images.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Images";
const params = z.object({ image_id: idParameter });
const load = () => import("../../operations/gallery/read-images.ts");
const loadStatistics = () => import("../../operations/gallery/storage-statistics.ts");

export const galleryRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/images",
    summary: "Your pictures of all conversations, newest first",
    tag,
    auth: "user",
    query: listImagesQuery,
    response: listOf(imageSchema),
    handle: async (services, { principal, query }) =>
      (await load()).listImages(services, { userId: principal.userId, query }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/images",
    summary: "Upload a picture: as a form, as the body itself, or in JSON by its address or as a data URL",
    tag,
    auth: "user",
    limit: "upload",
    usage: "file_upload",
    isIdempotent: true,
    query: uploadImageQuery,
    upload: uploadImageLimits,
    body: uploadImageBody,
    status: 201,
    response: imageSchema,
    handle: async (services, { principal, query, body, request }) => {
      const { uploadImage } = await import("../../operations/gallery/upload-image.ts");
      const named = "bytes" in body ? body.fields.conversation_id : body.conversation_id;
      const image = await uploadImage(services, {
        userId: principal.userId,
        tier: principal.tier,
        upload: body,
        conversationId: named ?? query.conversation_id,
        imageId: request.allotted === undefined ? undefined : `img_${request.allotted.id}`,
      });
      return reply({ kind: "json", status: 201, headers: { location: `/api/v1/images/${image.id}` }, body: image });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/images/{image_id}",
    summary: "One picture",
    tag,
    auth: "user",
    params,
    response: imageSchema,
    handle: async (services, { principal, params: { image_id: imageId } }) =>
      (await load()).getImage(services, { userId: principal.userId, imageId }),
  }),
  defineRoute({
    method: "PATCH",
    path: "/v1/images/{image_id}",
    summary: "Change a picture's caption and tags",
    tag,
    auth: "user",
    params,
    body: updateImageBody,
    response: imageSchema,
    handle: async (services, { principal, params: { image_id: imageId }, body }) =>
      (await import("../../operations/gallery/update-image.ts")).updateImage(services, {
        userId: principal.userId,
        imageId,
        body,
      }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/images/{image_id}/similar",
    summary: "Your pictures that look like this one, the most alike first",
    tag,
    auth: "user",
    limit: "search",
    params,
    query: similarImagesQuery,
    response: similarImagesSchema,
    handle: async (services, { principal, params: { image_id: imageId }, query }) =>
      (await import("../../operations/gallery/find-similar-images.ts")).findSimilarImages(services, {
        userId: principal.userId,
        imageId,
        query,
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/image-batches",
    summary: "Delete, tag or untag many pictures, with a result for each",
    tag,
    auth: "user",
    limit: "upload",
    body: imageBatchBody,
    response: imageBatchSchema,
    handle: async (services, { principal, body }) =>
      (await import("../../operations/gallery/change-images.ts")).changeImages(services, {
        userId: principal.userId,
        batch: body,
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/image-archives",
    summary: "Download many pictures as one ZIP archive",
    tag,
    auth: "user",
    limit: "upload",
    usage: "file_download",
    body: imageArchiveBody,
    status: 200,
    answer: "bytes",
    handle: async (services, { principal, body }) => {
      const { archiveImages } = await import("../../operations/gallery/archive-images.ts");
      return reply({
        kind: "stream",
        chunks: await archiveImages(services, { userId: principal.userId, imageIds: body.ids }),
        mimeType: "application/zip",
        headers: { "content-disposition": attachmentDisposition("muse-images.zip") },
      });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/users/me/storage",
    summary: "What you store, and how much more your plan holds",
    tag,
    auth: "user",
    response: userStorageSchema,
    handle: async (services, { principal }) => (await loadStatistics()).readOwnStorage(services, principal),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/admin/storage",
    summary: "What all accounts store, and what the last verification found",
    tag: "Administration",
    auth: "admin",
    response: adminStorageSchema,
    handle: async (services) => (await loadStatistics()).readStorageStatistics(services),
  }),
];
