/**
 * The refresh token that was traded last, known to all tabs at once. localStorage reaches another tab a moment after it
 * was written, and a lock may be there before it; IndexedDB shows every tab what was written before.
 */
const databaseName = "muse";
const storeName = "traded";
const key = "last";

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's database failed"));
  });
}

async function withStore<T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(databaseName, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
  const database = await resultOf(opening);
  try {
    return await resultOf(use(database.transaction(storeName, mode).objectStore(storeName)));
  } finally {
    database.close();
  }
}

/** Null where none was, or where the browser keeps nothing (some do not in private windows). */
export async function lastTraded(): Promise<string | null> {
  const token: unknown = await withStore("readonly", (store) => store.get(key)).catch(() => null);
  return typeof token === "string" ? token : null;
}

export async function noteTraded(refreshToken: string): Promise<void> {
  await withStore("readwrite", (store) => store.put(refreshToken, key)).catch(() => undefined);
}
