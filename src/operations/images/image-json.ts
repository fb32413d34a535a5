import type { Image } from "../../domain/image.ts";
import type { MessageImage } from "../../domain/message.ts";
import type { ImageJson, ImageSummaryJson } from "../../schemas/images.ts";
import type { ImageLinks } from "./image-links.ts";

/** A picture as generations show it. */
export function toImageSummary(image: Image, links: ImageLinks): ImageSummaryJson {
  return {
    id: image._id,
    index: image.index,
    url: links(image._id, "original"),
    thumbnail_url: links(image._id, "thumbnail"),
    cloud_url: image.cloud_url ?? null,
    service: image.service,
    width: image.width,
    height: image.height,
    size: image.size,
    mime_type: image.mime_type,
  };
}

/** A picture with all that its owner may know of it. What deletes a copy stays in the backend. */
export function toImageJson(
  image: Image,
  conversation: { readonly _id: string; readonly title: string } | null,
  links: ImageLinks,
): ImageJson {
  return {
    ...toImageSummary(image, links),
    preview_url: image.preview_blob === undefined ? null : links(image._id, "preview"),
    generation_id: image.generation_id ?? null,
    conversation_id: conversation?._id ?? image.conversation_id ?? null,
    conversation: conversation === null ? null : { id: conversation._id, title: conversation.title },
    generated: image.generated,
    caption: image.caption,
    prompt: image.prompt,
    tags: [...image.tags],
    sha256: image.sha256,
    copies: image.copies.map((copy) => ({
      service: copy.service,
      // Where Blob Storage keeps it is of no use to anybody who has no access there.
      url: copy.service === "blob" || copy.service === "local" ? null : (copy.url ?? null),
      verified_at: copy.verified_at?.toISOString() ?? null,
      expires_at: copy.expires_at?.toISOString() ?? null,
      error: copy.error ?? null,
    })),
    created_at: image.created_at.toISOString(),
    updated_at: image.updated_at.toISOString(),
  };
}

/** A picture as it stands in a message's document; its addresses are made anew each time it is shown. */
export function toMessageImage(image: Image): MessageImage {
  return {
    image_id: image._id,
    caption: image.caption,
    size: image.size,
    mime_type: image.mime_type,
    width: image.width,
    height: image.height,
    generated: image.generated,
    service: image.service,
    cloud_url: image.cloud_url ?? null,
    uploaded_at: image.created_at,
  };
}
