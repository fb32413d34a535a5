import type { Image } from "../../domain/image.ts";
import type { MessageImage } from "../../domain/message.ts";
import type { ImageSummaryJson } from "../../schemas/images.ts";
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
