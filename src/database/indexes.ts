/** How an index is declared beside its collection. Migrations make it, and `checkIndexes` compares it with the database. */
export interface IndexDeclaration {
  readonly key: Readonly<Record<string, 1 | -1 | "text">>;
  readonly unique?: true;
  readonly sparse?: true;
  /** Only documents that match are in the index. */
  readonly partialFilterExpression?: Readonly<Record<string, unknown>>;
  /** Documents go this many seconds after the date in the (only) field. */
  readonly expireAfterSeconds?: number;
}

export interface CollectionDeclaration {
  readonly name: string;
  /** The index on `_id` is always there and is not declared. */
  readonly indexes: readonly IndexDeclaration[];
}

/** A TTL index: documents go when the date in `expires_at` has passed. */
export const expiresAtIndex: IndexDeclaration = { key: { expires_at: 1 }, expireAfterSeconds: 0 };
