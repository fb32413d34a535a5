import { createHash } from "node:crypto";

/** What a JSON-like document is made of. */
type Value = unknown;
type Fields = Readonly<Record<string, Value>>;

/**
 * The name that stands for an erased account in books and logs. One way: an id has 80 random bits, so it cannot be found
 * by trying, and whoever still has it can prove that its erasure was carried out.
 */
export function pseudonymOf(userId: string): string {
  return `erased_${createHash("sha256").update(userId).digest("hex").slice(0, 32)}`;
}

/** Fields that tell about a person; they go wherever they are when a document is kept without its owner. */
const personalFields: ReadonlySet<string> = new Set([
  "ip_address",
  "user_agent",
  "email",
  "username",
  "full_name",
  "avatar_url",
  "stripe_customer_id",
]);

/** The document with another name in place of the owner's id, wherever that stands, and nothing else that is personal. */
export function anonymised<T extends Fields>(document: T, names: { userId: string; pseudonym: string }): T {
  const clean = (value: Value): Value => {
    if (typeof value === "string") return value.replaceAll(names.userId, names.pseudonym);
    if (Array.isArray(value)) return value.map(clean);
    if (!isPlain(value)) return value;
    const kept = Object.entries(value).filter(([field]) => !personalFields.has(field));
    return Object.fromEntries(kept.map(([field, inner]) => [clean(field), clean(inner)]));
  };
  return clean(document) as T;
}

/** Fields that an export leaves out, by their path without places in lists: what opens something, and our own notes. */
const internalPaths: ReadonlySet<string> = new Set([
  "token_version",
  "content_key",
  "lease",
  "credentials",
  "counted_turns",
  "share.token",
  "file_path",
  "files.path",
  "request_hash",
  "idempotency_key",
]);
/** And by their own name, wherever they stand. */
const secretName = /^(hashed_password|delete_url|.*_hash|.*secret)$/;

/** A document as its owner may have it: `id` instead of `_id`, without secrets. */
export function exportable(document: Fields): Fields {
  const visit = (value: Value, path: string): Value => {
    if (Array.isArray(value)) return value.map((item) => visit(item, path));
    if (!isPlain(value)) return value;
    const fields = Object.entries(value).flatMap(([field, inner]) => {
      const at = path === "" ? field : `${path}.${field}`;
      if (internalPaths.has(at) || secretName.test(field)) return [];
      return [[at === "_id" ? "id" : field, visit(inner, at)]];
    });
    return Object.fromEntries(fields);
  };
  return visit(document, "") as Fields;
}

function isPlain(value: Value): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
