import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AppError } from "../domain/errors.ts";
import { type Reply, reply } from "./reply.ts";

/** Files of the page and the reference, beside the bundle in `web/`. Only these are served, whatever a path says. */
const files: Readonly<Record<string, string>> = {
  "index.html": "text/html; charset=utf-8",
  "app/app.js": "text/javascript; charset=utf-8",
  "app/style.css": "text/css; charset=utf-8",
  "app/favicon.svg": "image/svg+xml",
  "docs.html": "text/html; charset=utf-8",
  "docs/docs.js": "text/javascript; charset=utf-8",
  "docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "docs/swagger-ui.css": "text/css; charset=utf-8",
};

const commonPolicy =
  "default-src 'self'; script-src 'self'; img-src 'self' data: blob: https:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Swagger UI sets styles on elements, which needs the exception; our own page does not. */
const policies: Readonly<Record<string, string>> = {
  "index.html": `${commonPolicy}; style-src 'self'`,
  "docs.html": `${commonPolicy}; style-src 'self' 'unsafe-inline'`,
};

const pageHeaders = {
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
};

/** Parts of the page that load when they are needed, named by their content; the build decides which there are. */
const chunkName = /^app\/chunk-[A-Z0-9]{8}\.js$/;

function mimeTypeOf(name: string): string | undefined {
  if (chunkName.test(name)) return files["app/app.js"];
  return Object.hasOwn(files, name) ? files[name] : undefined;
}

const loaded = new Map<string, ReturnType<typeof readWebFile>>();

/** Null: there is none of that name, as of a chunk of another build. */
async function readWebFile(name: string): Promise<{ bytes: Uint8Array; etag: string } | null> {
  try {
    const bytes = await readFile(new URL(`./web/${name}`, import.meta.url));
    return { bytes, etag: `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"` };
  } catch (error) {
    if (chunkName.test(name) && error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function load(name: string) {
  let file = loaded.get(name);
  if (file === undefined) {
    file = readWebFile(name);
    // A file that could not be read is tried again by the next request.
    file.catch(() => loaded.delete(name));
    loaded.set(name, file);
  }
  return file;
}

/**
 * A file of the page, revalidated by its ETag each time so that a deployment shows at once.
 * @throws AppError `not_found`
 */
export async function staticFile(name: string, ifNoneMatch: string | null): Promise<Reply> {
  const mimeType = mimeTypeOf(name);
  const found = mimeType === undefined ? null : await load(name);
  if (mimeType === undefined || found === null) throw new AppError("not_found", { detail: "There is no such file." });
  const { bytes, etag } = found;
  const policy = policies[name];
  const headers = {
    etag,
    "cache-control": "no-cache",
    ...(policy === undefined ? {} : { ...pageHeaders, "content-security-policy": policy }),
  };
  if (ifNoneMatch === etag) return reply({ kind: "empty", status: 304, headers });
  return reply({ kind: "bytes", bytes, mimeType, headers });
}
