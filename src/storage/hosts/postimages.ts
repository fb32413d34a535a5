import type { HostedCopy, ImageHost } from "../../ports/image-homes.ts";
import { createHostClient, defaultHostTimeoutMs, unreadableAnswer, uploadAddress } from "./host-client.ts";
import type { ImageHostOptions } from "./imgbb.ts";

/**
 * The names that addresses have in its answers: XML with `<links>` by its upload interface, JSON elsewhere. The page
 * with the picture comes last, it is not the picture itself.
 */
const urlFields = ["hotlink", "direct", "direct_link", "direct_url", "image", "url", "page"] as const;
const deleteFields = ["delete", "delete_url", "delete_link", "removal", "removal_link"] as const;

const extensions: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
};

/** PostImages. Up to 24 MB; what its upload programs send is sent here, its interface is not documented for others. */
export function createPostImages(options: ImageHostOptions): ImageHost {
  const { apiKey, baseUrl = "https://api.postimage.org", timeoutMs = defaultHostTimeoutMs } = options;
  const client = createHostClient({ name: "postimages", timeoutMs });
  return {
    service: "postimages",
    maxBytes: 24_000_000,

    upload: async ({ name, bytes, mimeType }) =>
      readAnswer(
        await client.post(uploadAddress(baseUrl), {
          key: apiKey,
          // Marks of an upload program and of its machine; any will do.
          o: "muse",
          m: "muse",
          version: "1.0.1",
          portable: "1",
          name,
          type: extensions[mimeType] ?? "png",
          image: Buffer.from(bytes).toString("base64"),
        }),
      ),

    download: (url) => client.get(url),
    isThere: (url) => client.probe(url),
    remove: (deleteUrl) => client.remove(deleteUrl),
  };
}

function readAnswer(text: string): HostedCopy {
  const fields = text.trimStart().startsWith("<") ? xmlFields(text) : jsonFields(text);
  const url = firstAddress(fields, urlFields);
  if (url === undefined) throw unreadableAnswer("postimages");
  const deleteUrl = firstAddress(fields, deleteFields);
  return { url, ...(deleteUrl === undefined ? {} : { deleteUrl }) };
}

type Fields = ReadonlyMap<string, string>;

function firstAddress(fields: Fields, names: readonly string[]): string | undefined {
  return names.map((name) => fields.get(name)).find((value) => value !== undefined && /^https?:\/\/\S+$/.test(value));
}

/** The texts of all elements that hold nothing but text. */
function xmlFields(text: string): Fields {
  if (/<data[^>]*\bsuccess=["']0["']/.test(text)) throw unreadableAnswer("postimages");
  const elements = text.matchAll(/<(\w+)>\s*(?:<!\[CDATA\[)?([^<\]]+?)(?:\]\]>)?\s*<\/\1>/g);
  return new Map(Array.from(elements, ([, name = "", value = ""]) => [name, value.replaceAll("&amp;", "&")]));
}

/** The texts of an object and of the objects in it; what is further out wins. */
function jsonFields(text: string): Fields {
  const fields = new Map<string, string>();
  const collect = (value: unknown, name: string, depth: number): void => {
    if (typeof value === "string") {
      if (!fields.has(name)) fields.set(name, value);
      return;
    }
    if (typeof value !== "object" || value === null || depth > maxDepth) return;
    const entries = Object.entries(value);
    const outer = entries.filter(([, inner]) => typeof inner === "string");
    const deeper = entries.filter(([, inner]) => typeof inner !== "string");
    for (const [innerName, inner] of [...outer, ...deeper]) collect(inner, innerName, depth + 1);
  };
  try {
    collect(JSON.parse(text), "", 0);
  } catch (cause) {
    throw unreadableAnswer("postimages", cause);
  }
  return fields;
}

const maxDepth = 4;
