import { crc32, deflateRawSync } from "node:zlib";

/** One file of an archive; the path has forward slashes. */
export interface ZipEntry {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
/** Version 2.0: deflate and folders. */
const versionNeeded = 20;
/** Made on Unix (3), so that the permissions below count. */
const versionMadeBy = (3 << 8) | versionNeeded;
const utf8Names = 0x0800;
const deflated = 8;
/** 1980-01-01 00:00, the first that the format knows: the same files make the same archive, byte for byte. */
const dosDate = 0x0021;
const permissions = (0o100644 << 16) >>> 0;
const mostEntries = 0xffff;

/**
 * Makes a zip archive (PKWARE APPNOTE 6.3.3, without Zip64).
 * @throws RangeError for more than 65,535 files or 4 GiB
 */
export function createZip(entries: readonly ZipEntry[]): Buffer {
  if (entries.length > mostEntries) throw new RangeError("too many files for a zip archive");
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, bytes } of [...entries].sort((one, other) => (one.path < other.path ? -1 : 1))) {
    const name = Buffer.from(path, "utf8");
    const body = deflateRawSync(bytes, { level: 9 });
    const facts = describe(bytes, body, name);
    const header = Buffer.concat([uint32(localSignature), uint16(versionNeeded), facts, uint16(0), name]);
    directory.push(
      Buffer.concat([
        uint32(centralSignature),
        uint16(versionMadeBy),
        uint16(versionNeeded),
        facts,
        // Extra field, comment, disk and internal attributes: none.
        uint16(0),
        uint16(0),
        uint16(0),
        uint16(0),
        uint32(permissions),
        uint32(offset),
        name,
      ]),
    );
    parts.push(header, body);
    offset += header.length + body.length;
    if (offset > 0xffff_ffff) throw new RangeError("too large for a zip archive");
  }
  const central = Buffer.concat(directory);
  const end = Buffer.concat([
    uint32(endSignature),
    uint16(0),
    uint16(0),
    uint16(entries.length),
    uint16(entries.length),
    uint32(central.length),
    uint32(offset),
    uint16(0),
  ]);
  return Buffer.concat([...parts, central, end]);
}

/** What the local header and the directory say alike: flags, method, time, checksum, sizes, length of the name. */
function describe(bytes: Uint8Array, body: Buffer, name: Buffer): Buffer {
  return Buffer.concat([
    uint16(utf8Names),
    uint16(deflated),
    uint16(0),
    uint16(dosDate),
    uint32(crc32(bytes)),
    uint32(body.length),
    uint32(bytes.length),
    uint16(name.length),
  ]);
}

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}
