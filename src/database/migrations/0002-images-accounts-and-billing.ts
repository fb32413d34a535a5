import { createDeclared } from "./0001-collections-and-indexes.ts";
import type { Migration } from "./migration.ts";

/**
 * What images, accounts and billing added to the declarations, for databases that had the first step before it named
 * them. A new database gets all of it with the first step, and the first step's way back removes it.
 */
export const imagesAccountsAndBilling: Migration = {
  number: 2,
  name: "images-accounts-and-billing",
  up: createDeclared,
  down: async () => undefined,
};
