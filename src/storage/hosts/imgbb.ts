import * as z from "zod";
import type { HostedCopy, ImageHost } from "../../ports/image-homes.ts";
import { createHostClient, defaultHostTimeoutMs, unreadableAnswer, uploadAddress } from "./host-client.ts";

const webUrl = z.url({ protocol: /^https?$/ });

/** What is read of an upload's answer. Numbers come as text. Source: https://api.imgbb.com/ (version 1) */
const uploadAnswer = z.object({
  success: z.unknown().refine((value) => value !== false),
  data: z.object({
    url: webUrl.optional().catch(undefined),
    display_url: webUrl.optional().catch(undefined),
    image: z.object({ url: webUrl }).optional().catch(undefined),
    delete_url: webUrl.optional().catch(undefined),
    /** Seconds; 0: never. */
    expiration: z.coerce.number().nonnegative().catch(0),
  }),
});

/** Its real addresses; deleting by hand is a page there, and this is what the page's button sends. */
const deletePage = /^https:\/\/(?:www\.)?ibb\.co\/([^/]+)\/([^/?#]+)$/;
const deleteAddress = "https://ibb.co/json";

export interface ImageHostOptions {
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
  /** How long one call may take, in ms. */
  readonly timeoutMs?: number;
  readonly now?: () => Date;
}

/** ImgBB. Up to 32 MB; pictures stay until they are deleted, unless its account says otherwise. */
export function createImgbb(options: ImageHostOptions): ImageHost {
  const { apiKey, baseUrl = "https://api.imgbb.com", timeoutMs = defaultHostTimeoutMs } = options;
  const client = createHostClient({ name: "imgbb", timeoutMs });
  const now = options.now ?? (() => new Date());
  return {
    service: "imgbb",
    maxBytes: 32_000_000,

    upload: async ({ name, bytes }) => {
      const url = `${uploadAddress(baseUrl)}?key=${encodeURIComponent(apiKey)}`;
      const text = await client.post(url, { name, image: Buffer.from(bytes).toString("base64") });
      return readAnswer(text, now());
    },

    download: (url) => client.get(url),
    isThere: (url) => client.probe(url),

    remove: async (deleteUrl) => {
      const [, id, hash] = deletePage.exec(deleteUrl) ?? [];
      if (id === undefined || hash === undefined) return client.remove(deleteUrl);
      await client.post(deleteAddress, {
        pathname: `/${id}/${hash}`,
        action: "delete",
        delete: "image",
        from: "resource",
        "deleting[id]": id,
        "deleting[hash]": hash,
      });
    },
  };
}

function readAnswer(text: string, now: Date): HostedCopy {
  try {
    const { data } = uploadAnswer.parse(JSON.parse(text));
    const url = data.url ?? data.image?.url ?? data.display_url;
    if (url === undefined) throw new Error("no address");
    return {
      url,
      ...(data.delete_url === undefined ? {} : { deleteUrl: data.delete_url }),
      ...(data.expiration === 0 ? {} : { expiresAt: new Date(now.getTime() + data.expiration * 1_000) }),
    };
  } catch (cause) {
    throw unreadableAnswer("imgbb", cause);
  }
}
