import sharp from "sharp";

/** Pictures of plain shapes that nobody would take for one another. */
const scenes = {
  sun: '<rect width="400" height="300" fill="#9cd3f5"/><circle cx="300" cy="80" r="50" fill="#ffd000"/><rect y="210" width="400" height="90" fill="#2d7a2d"/>',
  tower:
    '<rect width="400" height="300" fill="#10102a"/><rect x="150" y="30" width="60" height="270" fill="#d9d9d9"/><path d="M210 60L400 10L400 120Z" fill="#fff7b0"/>',
  stripes:
    '<rect width="400" height="300" fill="#ffffff"/><path d="M0 0h40v300h-40zM90 0h70v300h-70zM220 0h20v300h-20zM300 0h60v300h-60z" fill="#aa1111"/>',
  stairs:
    '<rect width="400" height="300" fill="#333333"/><path d="M0 300V240H90V180H180V120H270V60H400V300Z" fill="#eeeeee"/><circle cx="60" cy="60" r="30" fill="#cc44cc"/>',
} as const;
export type Scene = keyof typeof scenes;

export function scene(name: Scene, options: { width?: number; note?: string } = {}): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="400" height="300">${scenes[name]}</svg>`;
  const picture = sharp(Buffer.from(svg)).resize(options.width ?? 400);
  // A note makes other bytes of the same pixels.
  return (options.note === undefined ? picture : picture.withExif({ IFD0: { ImageDescription: options.note } }))
    .png()
    .toBuffer();
}

/** A photo as a telephone takes it: turned, and with the place where it was taken. */
export function photoWithPlace(name: Scene = "sun"): Promise<Buffer> {
  return scene(name).then((bytes) =>
    sharp(bytes)
      .jpeg({ quality: 90 })
      .withExif({
        IFD0: { Make: "SecretCamera" },
        IFD3: {
          GPSLatitudeRef: "N",
          GPSLatitude: "52/1 31/1 12/1",
          GPSLongitudeRef: "E",
          GPSLongitude: "13/1 24/1 18/1",
        },
      })
      .withMetadata({ orientation: 6 })
      .toBuffer(),
  );
}

/** Pictures with a note where decoders do not look: behind a PNG's pixels, and as comments of a JPEG and a GIF. */
export async function picturesWithNotes(note: string): Promise<Buffer[]> {
  const { crc32 } = await import("node:zlib");
  const plain = sharp(await scene("stairs"));
  const [png, jpeg, gif] = await Promise.all([plain.png().toBuffer(), plain.jpeg().toBuffer(), plain.gif().toBuffer()]);
  const named = Buffer.from(`tEXtComment\0${note}`, "latin1");
  const chunk = Buffer.alloc(named.byteLength + 8);
  chunk.writeUInt32BE(named.byteLength - 4, 0);
  named.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(named), named.byteLength + 4);
  const end = png.byteLength - 12;
  const text = Buffer.from(note, "latin1");
  return [
    Buffer.concat([png.subarray(0, end), chunk, png.subarray(end)]),
    Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, text.byteLength + 2]), text, jpeg.subarray(2)]),
    Buffer.concat([gif.subarray(0, -1), Buffer.from([0x21, 0xfe, text.byteLength]), text, Buffer.from([0, 0x3b])]),
  ];
}

/** A PNG of a few bytes that says it has this many pixels. */
export async function bomb(width: number, height: number): Promise<Buffer> {
  const small = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#000000" } })
    .png()
    .toBuffer();
  const head = small.indexOf("IHDR");
  const changed = Buffer.from(small);
  changed.writeUInt32BE(width, head + 4);
  changed.writeUInt32BE(height, head + 8);
  const { crc32 } = await import("node:zlib");
  changed.writeUInt32BE(crc32(changed.subarray(head, head + 17)), head + 17);
  return changed;
}
