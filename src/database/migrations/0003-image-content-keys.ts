import { createDeclared } from "./0001-collections-and-indexes.ts";
import type { Migration } from "./migration.ts";

/** The unique key of pictures' contents, for databases that are older than it. Older pictures do without. */
export const imageContentKeys: Migration = {
  number: 3,
  name: "image-content-keys",
  up: createDeclared,
  down: async () => undefined,
};
