import { commandError } from "../engine/errors.ts";
import type { Document } from "../engine/values.ts";
import { encodeDocument } from "./wire.ts";

/** A reply with a batch of documents that are encoded already, so that the batch can end at a size. */
export interface CursorReply {
  readonly cursorId: number;
  readonly namespace: string;
  readonly batchName: "firstBatch" | "nextBatch";
  readonly batch: readonly Uint8Array[];
}

interface Cursor {
  readonly namespace: string;
  readonly documents: readonly Document[];
  position: number;
  lastUsed: number;
  readonly endures: boolean;
}

export interface Cursors {
  /** Opens a cursor over documents and gives its first batch; nothing stays open if that is all of them. */
  open(
    namespace: string,
    documents: readonly Document[],
    options: { batchSize?: number | undefined; singleBatch?: boolean; endures?: boolean },
  ): CursorReply;
  /** Throws 43 (CursorNotFound). */
  more(id: number, namespace: string, batchSize: number | undefined): CursorReply;
  kill(ids: readonly number[]): { killed: number[]; unknown: number[] };
  /** Closes the cursors that nobody used for the time. */
  expire(idleMilliseconds: number): void;
}

const defaultFirstBatch = 101;
const largestBatchBytes = 16 * 1024 * 1024;

export function createCursors(): Cursors {
  const cursors = new Map<number, Cursor>();

  const take = (cursor: Cursor, most: number): Uint8Array[] => {
    const batch: Uint8Array[] = [];
    let bytes = 0;
    while (cursor.position < cursor.documents.length && batch.length < most) {
      const encoded = encodeDocument(cursor.documents[cursor.position] ?? {});
      if (batch.length > 0 && bytes + encoded.length > largestBatchBytes) break;
      bytes += encoded.length + 16;
      batch.push(encoded);
      cursor.position += 1;
    }
    return batch;
  };

  const newId = (): number => {
    let id: number;
    do id = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    while (id === 0 || cursors.has(id));
    return id;
  };

  return {
    open(namespace, documents, { batchSize = defaultFirstBatch, singleBatch = false, endures = false }) {
      const cursor: Cursor = { namespace, documents, position: 0, lastUsed: Date.now(), endures };
      const batch = take(cursor, batchSize);
      if (singleBatch || cursor.position >= documents.length)
        return { cursorId: 0, namespace, batchName: "firstBatch", batch };
      const cursorId = newId();
      cursors.set(cursorId, cursor);
      return { cursorId, namespace, batchName: "firstBatch", batch };
    },
    more(id, namespace, batchSize) {
      const cursor = cursors.get(id);
      if (cursor === undefined || cursor.namespace !== namespace)
        throw commandError("CursorNotFound", `cursor id ${id} not found`);
      cursor.lastUsed = Date.now();
      const batch = take(cursor, batchSize ?? Number.POSITIVE_INFINITY);
      const isDone = cursor.position >= cursor.documents.length;
      if (isDone) cursors.delete(id);
      return { cursorId: isDone ? 0 : id, namespace, batchName: "nextBatch", batch };
    },
    kill(ids) {
      const killed = ids.filter((id) => cursors.delete(id));
      return { killed, unknown: ids.filter((id) => !killed.includes(id)) };
    },
    expire(idleMilliseconds) {
      for (const [id, cursor] of cursors) {
        if (!cursor.endures && Date.now() - cursor.lastUsed > idleMilliseconds) cursors.delete(id);
      }
    },
  };
}

function name(type: number, text: string): Buffer {
  return Buffer.from([type, ...Buffer.from(text), 0]);
}

function wrap(parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0) + 5;
  const size = Buffer.alloc(4);
  size.writeInt32LE(length, 0);
  return Buffer.concat([size, ...parts, Buffer.from([0])], length);
}

/** Builds `{cursor: {<batch>, id, ns}, ok: 1}` around the encoded documents. Source: bsonspec.org. */
export function encodeCursorReply(reply: CursorReply): Buffer {
  const batch = wrap(reply.batch.flatMap((document, index) => [name(3, String(index)), document]));
  const id = Buffer.alloc(8);
  id.writeBigInt64LE(BigInt(reply.cursorId));
  const text = Buffer.from(reply.namespace);
  const textLength = Buffer.alloc(4);
  textLength.writeInt32LE(text.length + 1, 0);
  const cursor = wrap([
    name(4, reply.batchName),
    batch,
    name(18, "id"),
    id,
    name(2, "ns"),
    textLength,
    text,
    Buffer.from([0]),
  ]);
  const one = Buffer.alloc(8);
  one.writeDoubleLE(1);
  return wrap([name(3, "cursor"), cursor, name(1, "ok"), one]);
}
