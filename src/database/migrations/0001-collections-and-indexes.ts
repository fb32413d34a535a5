import type { Db } from "mongodb";
import { collectionDeclarations, migrationsCollection } from "../collections.ts";
import { declaredName, indexSpecification } from "../index-check.ts";
import type { CollectionDeclaration } from "../indexes.ts";
import { jobLocksDeclaration } from "../job-locks.ts";
import type { Migration } from "./migration.ts";

/** The runner itself works in these, also while it takes this step back. */
const keptForRunner: ReadonlySet<string> = new Set([migrationsCollection, jobLocksDeclaration.name]);

async function existingNames(database: Db): Promise<ReadonlySet<string>> {
  const collections = await database.listCollections({}, { nameOnly: true }).toArray();
  return new Set(collections.map((collection) => collection.name));
}

async function createCollection(database: Db, { name, indexes }: CollectionDeclaration): Promise<void> {
  await database.createCollection(name);
  if (indexes.length > 0) await database.collection(name).createIndexes(indexes.map(indexSpecification));
}

/** Makes every declared collection and index that is not there yet. */
export async function createDeclared(database: Db): Promise<void> {
  const existing = await existingNames(database);
  for (const declaration of collectionDeclarations) {
    if (!existing.has(declaration.name)) await createCollection(database, declaration);
    else if (declaration.indexes.length > 0) {
      await database.collection(declaration.name).createIndexes(declaration.indexes.map(indexSpecification));
    }
  }
}

/** Drops the declared indexes, and the collection when it is empty. */
async function removeCollection(database: Db, { name, indexes }: CollectionDeclaration): Promise<void> {
  const collection = database.collection(name);
  if ((await collection.findOne({}, { projection: { _id: 1 } })) === null) {
    await collection.drop();
    return;
  }
  const declared = new Set(indexes.map(declaredName));
  for (const index of await collection.listIndexes().toArray()) {
    if (declared.has(index.name)) await collection.dropIndex(index.name);
  }
}

export const collectionsAndIndexes: Migration = {
  number: 1,
  name: "collections-and-indexes",

  up: createDeclared,

  down: async (database) => {
    const existing = await existingNames(database);
    for (const declaration of collectionDeclarations) {
      if (existing.has(declaration.name) && !keptForRunner.has(declaration.name)) {
        await removeCollection(database, declaration);
      }
    }
  },
};
