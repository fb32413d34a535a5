import { compileFilter, type Predicate } from "../engine/matcher.ts";
import { sortKey } from "../engine/paths.ts";
import { compareKeys, type SortField, sortDocuments } from "../engine/sort.ts";
import { type Document, setField, textScore } from "../engine/values.ts";
import type { Collection } from "../storage/collection.ts";
import type { StoredRecord } from "../storage/sorted-list.ts";
import { choosePlan, type IndexScan, type Plan, scanRanges } from "./plan.ts";

export interface Query {
  readonly filter: Document;
  readonly sort: readonly SortField[];
  readonly skip: number;
  readonly limit: number | undefined;
  readonly hint?: unknown;
  readonly variables?: Document | undefined;
}

/** What a query did, for `explain`. */
interface Statistics {
  keysExamined: number;
  documentsExamined: number;
  returned: number;
}

export interface Execution {
  readonly plan: Plan;
  /** Whether a sort in memory was needed. */
  readonly sortedInMemory: boolean;
  readonly statistics: Statistics;
  readonly records: StoredRecord[];
  /** The same documents; after a `$text` search they carry their scores. */
  readonly documents: Document[];
}

/** Runs a query and keeps its result: documents are never changed in place, so it stays as it was found. */
export function execute(collection: Collection | undefined, query: Query): Execution {
  const wanted = query.limit === undefined ? undefined : query.limit + query.skip;
  const plan = choosePlan(collection, { filter: query.filter, sort: query.sort, wanted, hint: query.hint });
  const statistics: Statistics = { keysExamined: 0, documentsExamined: 0, returned: 0 };
  const scores = new Map<StoredRecord, number>();
  const predicate = compileFilter(query.filter, {
    variables: query.variables,
    text: () => () => true,
  });
  if (collection === undefined) return { plan, sortedInMemory: false, statistics, records: [], documents: [] };
  const source = candidates(collection, plan, query.sort, statistics);
  const inOrder = query.sort.length === 0 || (plan.kind === "index" && plan.sorted) || plan.kind === "id";
  const most = inOrder ? wanted : undefined;
  let records = collect(source, predicate, most, statistics, plan, scores);
  const shown = (record: StoredRecord) => withScore(record.document, scores.get(record));
  if (!inOrder) records = sortRecords(records, shown, query.sort, wanted);
  records = records.slice(query.skip);
  statistics.returned = records.length;
  return { plan, sortedInMemory: !inOrder, statistics, records, documents: records.map(shown) };
}

function withScore(document: Document, score: number | undefined): Document {
  if (score === undefined) return document;
  const copy: Document = {};
  for (const name of Object.keys(document)) setField(copy, name, document[name]);
  return Object.assign(copy, { [textScore]: score });
}

function sortRecords(
  records: readonly StoredRecord[],
  shown: (record: StoredRecord) => Document,
  sort: readonly SortField[],
  wanted: number | undefined,
): StoredRecord[] {
  const byDocument = new Map(records.map((record) => [shown(record), record]));
  const found: StoredRecord[] = [];
  for (const document of sortDocuments([...byDocument.keys()], sort, wanted)) {
    const record = byDocument.get(document);
    if (record !== undefined) found.push(record);
  }
  return found;
}

function collect(
  source: Iterable<StoredRecord>,
  predicate: Predicate,
  most: number | undefined,
  statistics: Statistics,
  plan: Plan,
  scores: Map<StoredRecord, number>,
): StoredRecord[] {
  const found: StoredRecord[] = [];
  if (most === 0) return found;
  for (const record of source) {
    statistics.documentsExamined += 1;
    if (!predicate(record.document)) continue;
    if (plan.kind === "text") {
      const score = plan.index.score(record.document, plan.query);
      if (score === undefined) continue;
      scores.set(record, score);
    }
    found.push(record);
    if (found.length === most) break;
  }
  return found;
}

function* candidates(
  collection: Collection,
  plan: Plan,
  sort: readonly SortField[],
  statistics: Statistics,
): Generator<StoredRecord> {
  switch (plan.kind) {
    case "collection":
      yield* collection.records();
      return;
    case "id": {
      statistics.keysExamined += 1;
      const record = collection.byId(plan.id);
      if (record !== undefined) yield record;
      return;
    }
    case "text":
      yield* plan.index.candidates(plan.query);
      return;
    case "or": {
      const seen = new Set<number>();
      for (const branch of plan.branches) yield* scan(branch, [], statistics, seen);
      return;
    }
    default:
      yield* scan(plan, sort, statistics, plan.index.multikey.includes(true) ? new Set() : undefined);
  }
}

function* scan(
  plan: IndexScan,
  sort: readonly SortField[],
  statistics: Statistics,
  seen: Set<number> | undefined,
): Generator<StoredRecord> {
  const { entries } = plan.index;
  const ranges = scanRanges(plan);
  const walks = (plan.backward ? ranges.toReversed() : ranges).map(({ from, to }) =>
    entries.walk(from, to, plan.backward),
  );
  const source = plan.mergeFields > 0 && walks.length > 1 ? merge(walks, sort) : chain(walks);
  for (const record of source) {
    statistics.keysExamined += 1;
    if (seen !== undefined) {
      if (seen.has(record.number)) continue;
      seen.add(record.number);
    }
    yield record;
  }
}

function* chain(walks: readonly Generator<StoredRecord>[]): Generator<StoredRecord> {
  for (const walk of walks) yield* walk;
}

interface Head {
  readonly walk: Generator<StoredRecord>;
  readonly record: StoredRecord;
  readonly keys: unknown[];
}

/** Merges scans that are each in the sort's order, as MongoDB's SORT_MERGE does. */
function* merge(walks: readonly Generator<StoredRecord>[], sort: readonly SortField[]): Generator<StoredRecord> {
  const advance = (walk: Generator<StoredRecord>): Head | undefined => {
    const next = walk.next();
    if (next.done === true) return undefined;
    const keys = sort.map((field) => sortKey(next.value.document, field.path, field.direction));
    return { walk, record: next.value, keys };
  };
  let heads = walks.map(advance).filter((head) => head !== undefined);
  while (heads.length > 0) {
    let first = heads[0] as Head;
    for (const head of heads) if (compareKeys(head.keys, first.keys, sort) < 0) first = head;
    yield first.record;
    const next = advance(first.walk);
    heads = heads.flatMap((head) => (head === first ? (next === undefined ? [] : [next]) : [head]));
  }
}
