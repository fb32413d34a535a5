/** A document in its place. The number is given once, at insertion; the document is replaced whole by each change. */
export interface StoredRecord {
  readonly number: number;
  document: Record<string, unknown>;
}

interface Chunk {
  readonly keys: unknown[];
  readonly records: StoredRecord[];
}

/** A place between two entries. */
export interface Position {
  readonly chunk: number;
  readonly offset: number;
}

/** Chunks split above this size; the cost of an insertion is a move within one chunk. */
const largestChunk = 512;

type CompareKeys = (left: unknown, right: unknown) => number;

/** Entries in the order of their keys, equal keys in the order of their records' numbers. */
export interface SortedList {
  readonly size: number;
  insert(key: unknown, record: StoredRecord): void;
  remove(key: unknown, record: StoredRecord): void;
  /** Replaces everything; the entries need not be in order. */
  fill(entries: { key: unknown; record: StoredRecord }[]): void;
  /** The first place whose key passes; every key after it has to pass too. */
  seek(passes: (key: unknown) => boolean): Position;
  /** Entries from one place to another, or from the second back to the first. */
  walk(from: Position, to: Position, backward: boolean): Generator<StoredRecord>;
  /** How many entries lie between two places. */
  distance(from: Position, to: Position): number;
  /** The record at a place, and its key. */
  at(position: Position): { key: unknown; record: StoredRecord } | undefined;
}

function firstIndex(length: number, passes: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function* forwards(chunks: readonly Chunk[], from: Position, to: Position): Generator<StoredRecord> {
  for (let index = from.chunk; index <= to.chunk && index < chunks.length; index += 1) {
    const records = chunks[index]?.records ?? [];
    const end = index === to.chunk ? to.offset : records.length;
    for (let offset = index === from.chunk ? from.offset : 0; offset < end; offset += 1) {
      yield records[offset] as StoredRecord;
    }
  }
}

function* backwards(chunks: readonly Chunk[], from: Position, to: Position): Generator<StoredRecord> {
  for (let index = Math.min(to.chunk, chunks.length - 1); index >= from.chunk; index -= 1) {
    const records = chunks[index]?.records ?? [];
    const end = index === to.chunk ? to.offset : records.length;
    const start = index === from.chunk ? from.offset : 0;
    for (let offset = end - 1; offset >= start; offset -= 1) yield records[offset] as StoredRecord;
  }
}

export function createSortedList(compare: CompareKeys): SortedList {
  let chunks: Chunk[] = [];
  let size = 0;

  const seek = (passes: (key: unknown, record: StoredRecord | undefined) => boolean): Position => {
    const chunk = firstIndex(chunks.length, (index) => {
      const candidate = chunks[index];
      return candidate !== undefined && passes(candidate.keys.at(-1), candidate.records.at(-1));
    });
    const found = chunks[chunk];
    if (found === undefined) return { chunk, offset: 0 };
    return { chunk, offset: firstIndex(found.keys.length, (index) => passes(found.keys[index], found.records[index])) };
  };

  const placeOf = (key: unknown, record: StoredRecord): Position =>
    seek((candidate, other) => {
      const order = compare(candidate, key);
      return order > 0 || (order === 0 && (other?.number ?? 0) >= record.number);
    });

  const split = (index: number, chunk: Chunk): void => {
    // A list that only grows at its end keeps its chunks full.
    const middle = index === chunks.length - 1 ? largestChunk - 16 : largestChunk / 2;
    chunks.splice(index + 1, 0, { keys: chunk.keys.splice(middle), records: chunk.records.splice(middle) });
  };

  return {
    get size() {
      return size;
    },
    insert(key, record) {
      size += 1;
      const place = placeOf(key, record);
      const last = chunks.length - 1;
      const index = Math.min(place.chunk, Math.max(last, 0));
      const chunk = chunks[index];
      if (chunk === undefined) {
        chunks.push({ keys: [key], records: [record] });
        return;
      }
      const offset = place.chunk > last ? chunk.keys.length : place.offset;
      chunk.keys.splice(offset, 0, key);
      chunk.records.splice(offset, 0, record);
      if (chunk.keys.length > largestChunk) split(index, chunk);
    },
    remove(key, record) {
      const { chunk: index, offset } = placeOf(key, record);
      const chunk = chunks[index];
      if (chunk?.records[offset] !== record) return;
      size -= 1;
      chunk.keys.splice(offset, 1);
      chunk.records.splice(offset, 1);
      if (chunk.keys.length === 0) chunks.splice(index, 1);
    },
    fill(entries) {
      entries.sort((left, right) => compare(left.key, right.key) || left.record.number - right.record.number);
      size = entries.length;
      chunks = [];
      for (let start = 0; start < entries.length; start += largestChunk - 16) {
        const part = entries.slice(start, start + largestChunk - 16);
        chunks.push({ keys: part.map(({ key }) => key), records: part.map(({ record }) => record) });
      }
    },
    seek,
    walk: (from, to, backward) => (backward ? backwards(chunks, from, to) : forwards(chunks, from, to)),
    distance(from, to) {
      if (from.chunk === to.chunk) return Math.max(0, to.offset - from.offset);
      let count = (chunks[from.chunk]?.keys.length ?? 0) - from.offset + to.offset;
      for (let index = from.chunk + 1; index < to.chunk; index += 1) count += chunks[index]?.keys.length ?? 0;
      return Math.max(0, count);
    },
    at(position) {
      const chunk = chunks[position.chunk];
      const record = chunk?.records[position.offset];
      return record === undefined ? undefined : { key: chunk?.keys[position.offset], record };
    },
  };
}
