import { commandError } from "../engine/errors.ts";
import type { Document } from "../engine/values.ts";
import { openLog } from "./append-log.ts";
import { type ChangeListener, type Collection, createCollection } from "./collection.ts";
import { lockFolder } from "./folder-lock.ts";

/** All databases of the server. A namespace is "database.collection". */
export interface Store {
  find(namespace: string): Collection | undefined;
  /** The collection, made if it is not there, as the first write does. */
  obtain(namespace: string): Collection;
  drop(namespace: string): boolean;
  namespaces(): string[];
  collections(): Iterable<Collection>;
  /** Writes the changes since the last commit as one record. Nothing may be acknowledged before it returns. */
  commit(): void;
  close(): void;
}

type Entry =
  | { readonly t: "put"; readonly n: string; readonly count: number }
  | { readonly t: "remove"; readonly n: string; readonly id: unknown }
  | { readonly t: "make" | "drop"; readonly n: string }
  | { readonly t: "index"; readonly n: string; readonly listed: Document }
  | { readonly t: "unindex"; readonly n: string; readonly name: string };

/** Every entry is one BSON document of a log record; a put is followed by as many documents as it counts. */
type Pending = { readonly put: string; readonly encoded: Uint8Array } | { readonly entry: Entry };

const compactionThreshold = 1000;
const snapshotBatch = 500;

function checkNamespace(namespace: string): void {
  const dot = namespace.indexOf(".");
  const name = namespace.slice(dot + 1);
  if (
    dot <= 0 ||
    name === "" ||
    name.includes("$") ||
    name.includes("\0") ||
    name.startsWith(".") ||
    namespace.length > 255
  ) {
    throw commandError("InvalidNamespace", `Invalid namespace specified '${namespace}'`);
  }
}

/** Puts of the same collection in a row share one entry. */
function logged(written: readonly Pending[]): (Document | Uint8Array)[] {
  const parts: (Document | Uint8Array)[] = [];
  let position = 0;
  while (position < written.length) {
    const first = written[position];
    if (first === undefined || "entry" in first) {
      if (first !== undefined) parts.push(first.entry);
      position += 1;
      continue;
    }
    const encoded: Uint8Array[] = [];
    for (
      let next = written[position];
      next !== undefined && "put" in next && next.put === first.put;
      next = written[position]
    ) {
      encoded.push(next.encoded);
      position += 1;
    }
    parts.push({ t: "put", n: first.put, count: encoded.length }, ...encoded);
  }
  return parts;
}

/** Opens the folder, which must exist. Throws if another process holds it. */
export function openStore(folder: string): Store {
  const unlock = lockFolder(folder);
  const collections = new Map<string, Collection>();
  let pending: Pending[] = [];
  let entriesRead = 0;

  const listener: ChangeListener = {
    put: (namespace, encoded) => pending.push({ put: namespace, encoded }),
    removed: (namespace, id) => pending.push({ entry: { t: "remove", n: namespace, id } }),
    indexCreated: (namespace, listed) => pending.push({ entry: { t: "index", n: namespace, listed } }),
    indexDropped: (namespace, name) => pending.push({ entry: { t: "unindex", n: namespace, name } }),
  };

  const make = (namespace: string): Collection => {
    const made = createCollection(namespace, listener);
    collections.set(namespace, made);
    return made;
  };

  const replay = (entry: Entry, documents: readonly Document[]): void => {
    entriesRead += 1;
    if (entry.t === "drop") {
      collections.delete(entry.n);
      return;
    }
    const collection = collections.get(entry.n) ?? make(entry.n);
    if (entry.t === "put") {
      entriesRead += documents.length;
      for (const document of documents) collection.load(document);
    } else if (entry.t === "remove") collection.unload(entry.id);
    else if (entry.t === "index") collection.createIndexLater(entry.listed);
    else if (entry.t === "unindex") collection.dropIndex(entry.name);
  };

  const log = openLog(folder, (documents) => {
    let position = 0;
    while (position < documents.length) {
      const entry = documents[position] as unknown as Entry;
      const count = entry.t === "put" ? entry.count : 0;
      replay(entry, documents.slice(position + 1, position + 1 + count));
      position += 1 + count;
    }
  });
  for (const collection of collections.values()) collection.finishLoading();
  pending = [];

  function* snapshot(): Generator<Document[]> {
    for (const [namespace, collection] of collections) {
      yield [{ t: "make", n: namespace }];
      for (const { name, listed } of collection.specifications())
        if (name !== "_id_") yield [{ t: "index", n: namespace, listed }];
      let batch: Document[] = [];
      for (const { document } of collection.records()) {
        batch.push(document);
        if (batch.length < snapshotBatch) continue;
        yield [{ t: "put", n: namespace, count: batch.length }, ...batch];
        batch = [];
      }
      if (batch.length > 0) yield [{ t: "put", n: namespace, count: batch.length }, ...batch];
    }
  }

  const live = [...collections.values()].reduce((sum, collection) => sum + collection.size, 0);
  if (entriesRead > live * 1.5 + compactionThreshold) log.compact(snapshot());

  return {
    find: (namespace) => collections.get(namespace),
    obtain(namespace) {
      const found = collections.get(namespace);
      if (found !== undefined) return found;
      checkNamespace(namespace);
      pending.push({ entry: { t: "make", n: namespace } });
      return make(namespace);
    },
    drop(namespace) {
      if (!collections.delete(namespace)) return false;
      pending.push({ entry: { t: "drop", n: namespace } });
      return true;
    },
    namespaces: () => [...collections.keys()].toSorted(),
    collections: () => collections.values(),
    commit() {
      if (pending.length === 0) return;
      const written = pending;
      pending = [];
      log.append(logged(written));
    },
    close() {
      log.close();
      unlock();
    },
  };
}
