import type { Document, IndexDescription } from "mongodb";
import type { Database } from "./client.ts";
import { collectionDeclarations } from "./collections.ts";
import type { IndexDeclaration } from "./indexes.ts";

/**
 * How the database differs from what the code declares: one line an index, as `users.email_1`, and for a different
 * one what differs.
 */
interface IndexDrift {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly different: readonly string[];
}

/** The name that MongoDB gives an index by itself: its fields and directions. */
export function declaredName(declaration: IndexDeclaration): string {
  return Object.entries(declaration.key)
    .map(([field, direction]) => `${field}_${direction}`)
    .join("_");
}

function isText(declaration: IndexDeclaration): boolean {
  return Object.values(declaration.key).includes("text");
}

/**
 * Users write in any language, so that words are indexed as they are; and a field named `language` inside a document
 * (as a code part has) must not choose one, because an unknown one refuses the document.
 */
const textOptions = { default_language: "none", language_override: "search_language" } as const;

/** The declaration as the driver takes it. */
export function indexSpecification(declaration: IndexDeclaration): IndexDescription {
  const { key, ...options } = declaration;
  return { key: { ...key }, name: declaredName(declaration), ...options, ...(isText(declaration) ? textOptions : {}) };
}

/** JSON with the keys of objects in order, so that two orders compare alike. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** What has to agree, as text by aspect. The order of a key's fields matters, except that a text index has none. */
function declaredAspects(declaration: IndexDeclaration): Record<string, string> {
  const fields = Object.entries(declaration.key);
  return {
    key: isText(declaration)
      ? `text:${fields
          .map(([field]) => field)
          .sort()
          .join(",")}`
      : fields.map(([field, direction]) => `${field}:${direction}`).join(","),
    unique: String(declaration.unique ?? false),
    sparse: String(declaration.sparse ?? false),
    partialFilterExpression: canonical(declaration.partialFilterExpression ?? null),
    expireAfterSeconds: String(declaration.expireAfterSeconds ?? null),
  };
}

function actualAspects(index: Document): Record<string, string> {
  const key = index.key as Record<string, unknown>;
  const weights = index.weights as Record<string, unknown> | undefined;
  // A server may give numbers back as doubles or as 64-bit integers.
  const seconds = index.expireAfterSeconds as number | bigint | undefined;
  return {
    key:
      weights === undefined
        ? Object.entries(key)
            .map(([field, direction]) => `${field}:${String(direction)}`)
            .join(",")
        : `text:${Object.keys(weights).sort().join(",")}`,
    unique: String(index.unique === true),
    sparse: String(index.sparse === true),
    partialFilterExpression: canonical(index.partialFilterExpression ?? null),
    expireAfterSeconds: String(seconds === undefined ? null : Number(seconds)),
  };
}

async function actualIndexes(database: Database, name: string): Promise<ReadonlyMap<string, Document>> {
  const indexes = await database.run(async (db) => {
    const collections = await db.listCollections({ name }, { nameOnly: true }).toArray();
    return collections.length === 0 ? [] : await db.collection(name).listIndexes().toArray();
  });
  return new Map(indexes.map((index) => [String(index.name), index]));
}

function differences(declaration: IndexDeclaration, index: Document): string[] {
  const declared = declaredAspects(declaration);
  const actual = actualAspects(index);
  return Object.keys(declared)
    .filter((aspect) => declared[aspect] !== actual[aspect])
    .map((aspect) => `${aspect} is ${actual[aspect]}, declared ${declared[aspect]}`);
}

/**
 * Compares the declared indexes of every collection with the database's.
 * @throws AppError `unavailable`
 */
export async function checkIndexes(database: Database): Promise<IndexDrift> {
  const missing: string[] = [];
  const unexpected: string[] = [];
  const different: string[] = [];
  for (const { name, indexes } of collectionDeclarations) {
    const actual = await actualIndexes(database, name);
    const declared = new Map(indexes.map((index) => [declaredName(index), index]));
    for (const [indexName, declaration] of declared) {
      const index = actual.get(indexName);
      if (index === undefined) missing.push(`${name}.${indexName}`);
      else {
        const found = differences(declaration, index);
        if (found.length > 0) different.push(`${name}.${indexName} (${found.join("; ")})`);
      }
    }
    for (const indexName of actual.keys()) {
      if (indexName !== "_id_" && !declared.has(indexName)) unexpected.push(`${name}.${indexName}`);
    }
  }
  return { missing, unexpected, different };
}

export function hasDrift(drift: IndexDrift): boolean {
  return drift.missing.length + drift.unexpected.length + drift.different.length > 0;
}
