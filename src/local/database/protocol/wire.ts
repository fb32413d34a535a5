import { deserialize, serialize } from "bson";
import type { Document } from "../engine/values.ts";
import { readOptions, writeOptions } from "../storage/append-log.ts";

/** Source: the MongoDB Wire Protocol, https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;

const headerBytes = 16;
export const largestMessage = 48_000_000;

const checksumPresent = 1;
const moreToCome = 2;
const requiredFlags = 0xffff;

interface Request {
  readonly requestId: number;
  readonly command: Document;
  /** The client does not want an answer (an unacknowledged write). */
  readonly isSilent: boolean;
  /** It came as OP_QUERY, which only the first hello of a connection still does. */
  readonly isLegacy: boolean;
}

/** The client broke the protocol: its connection is closed, nothing else. */
class ProtocolError extends Error {}

/** Cuts what has arrived into whole messages. Throws ProtocolError on an impossible length. */
export function takeMessage(buffer: Buffer): { message: Buffer; rest: Buffer } | undefined {
  if (buffer.length < 4) return undefined;
  const length = buffer.readInt32LE(0);
  if (length < headerBytes || length > largestMessage) throw new ProtocolError(`impossible message length ${length}`);
  if (buffer.length < length) return undefined;
  return { message: buffer.subarray(0, length), rest: buffer.subarray(length) };
}

function readDocument(message: Buffer, offset: number, end: number): { document: Document; next: number } {
  if (offset + 5 > end) throw new ProtocolError("a document is cut off");
  const length = message.readInt32LE(offset);
  if (length < 5 || offset + length > end) throw new ProtocolError("a document does not fit its message");
  return { document: deserialize(message.subarray(offset, offset + length), readOptions), next: offset + length };
}

function readString(message: Buffer, offset: number, end: number): { text: string; next: number } {
  const zero = message.indexOf(0, offset);
  if (zero < 0 || zero >= end) throw new ProtocolError("a string has no end");
  return { text: message.toString("utf8", offset, zero), next: zero + 1 };
}

/** A document sequence: an array of the command that was sent beside it, without the cost of an array's keys. */
function readSequence(message: Buffer, offset: number, end: number, command: Document): number {
  if (offset + 4 > end) throw new ProtocolError("a section is cut off");
  const sectionEnd = offset + message.readInt32LE(offset);
  if (sectionEnd > end || sectionEnd < offset + 5) throw new ProtocolError("a section does not fit its message");
  const { text: name, next } = readString(message, offset + 4, sectionEnd);
  const documents: Document[] = [];
  let position = next;
  while (position < sectionEnd) {
    const read = readDocument(message, position, sectionEnd);
    documents.push(read.document);
    position = read.next;
  }
  command[name] = documents;
  return sectionEnd;
}

function parseMessage(message: Buffer, requestId: number): Request {
  const flags = message.readUInt32LE(headerBytes);
  if ((flags & requiredFlags & ~(checksumPresent | moreToCome)) !== 0)
    throw new ProtocolError(`unknown flags ${flags}`);
  const end = (flags & checksumPresent) === 0 ? message.length : message.length - 4;
  const sequences: Document = {};
  let command: Document | undefined;
  let position = headerBytes + 4;
  while (position < end) {
    const kind = message[position];
    if (kind === 0 && command === undefined) {
      const read = readDocument(message, position + 1, end);
      command = read.document;
      position = read.next;
    } else if (kind === 1) {
      position = readSequence(message, position + 1, end, sequences);
    } else {
      throw new ProtocolError(`unexpected section of kind ${kind}`);
    }
  }
  if (command === undefined) throw new ProtocolError("a message has no command");
  return { requestId, command: { ...command, ...sequences }, isSilent: (flags & moreToCome) !== 0, isLegacy: false };
}

function parseLegacy(message: Buffer, requestId: number): Request {
  const { text: namespace, next } = readString(message, headerBytes + 4, message.length);
  if (!namespace.endsWith(".$cmd")) throw new ProtocolError("OP_QUERY is understood for commands only");
  const { document } = readDocument(message, next + 8, message.length);
  const command = { ...document, $db: namespace.slice(0, -".$cmd".length) };
  return { requestId, command, isSilent: false, isLegacy: true };
}

/** Reads one whole message. Throws ProtocolError if it is malformed. */
export function parseRequest(message: Buffer): Request {
  const requestId = message.readInt32LE(4);
  const operation = message.readInt32LE(12);
  try {
    if (operation === opMsg) return parseMessage(message, requestId);
    if (operation === opQuery) return parseLegacy(message, requestId);
  } catch (error) {
    throw error instanceof ProtocolError ? error : new ProtocolError(String(error));
  }
  throw new ProtocolError(`unknown operation ${operation}`);
}

let lastId = 0;

function header(length: number, responseTo: number, operation: number): Buffer {
  lastId = (lastId + 1) & 0x7fffffff;
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeInt32LE(length, 0);
  bytes.writeInt32LE(lastId, 4);
  bytes.writeInt32LE(responseTo, 8);
  bytes.writeInt32LE(operation, 12);
  return bytes;
}

/** The answer to a request, in the form in which it was asked. `body` is a BSON document. */
export function buildReply(request: Request, body: Uint8Array): Buffer {
  if (request.isLegacy) {
    const prefix = Buffer.alloc(20);
    prefix.writeInt32LE(8, 0);
    prefix.writeInt32LE(1, 16);
    return Buffer.concat([header(headerBytes + 20 + body.length, request.requestId, opReply), prefix, body]);
  }
  return Buffer.concat([header(headerBytes + 5 + body.length, request.requestId, opMsg), Buffer.alloc(5), body]);
}

export function encodeDocument(document: Document): Uint8Array {
  return serialize(document, writeOptions);
}
