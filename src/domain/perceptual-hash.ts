/**
 * The perceptual hash of a picture: pictures that look alike have hashes that differ in few bits, whatever their size,
 * format or compression.
 *
 * The method is the DCT hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010),
 * section 3.2.1: the brightness at 32×32, its discrete cosine transform (type II), and one bit for each of the lowest
 * frequencies, which says whether it is above their median. It is made for photos; so that drawings, gradients and even
 * colours have a hash that is no chance either, three things differ:
 * - the 64 frequencies are the lowest on the diagonals, so that what changes along one axis alone counts too;
 * - for a frequency that only noise can have made, the bit says whether a part of the picture is brighter than the whole;
 * - one even colour is told apart by the colour.
 */

/** Edge of the small picture that a hash is made from. */
export const perceptualHashEdge = 32;
/** Bits of a hash, and so the greatest distance. */
export const perceptualHashBits = 64;

/**
 * Pictures further apart than this are not called similar. Resized, recompressed, brightened and slightly cropped copies
 * stay below; pictures that have nothing in common differ in about half of the bits.
 */
export const similarDistance = 14;

/** With no frequency above this, a fifth of a grey value across the picture, it is one even colour. */
const evenSurface = 100;
/** A frequency below this is what rounding to whole grey values makes of an even surface. */
const roundingNoise = 8;
/** Share of the strongest frequency below which one is noise of compression. */
const compressionNoise = 0.01;

/** The 64 lowest pairs of frequencies without the constant one, by their sum. */
const diagonals: readonly (readonly [horizontal: number, vertical: number])[] = Array.from({ length: 10 }, (_, index) =>
  Array.from({ length: index + 2 }, (_unused, vertical) => [index + 1 - vertical, vertical] as const),
)
  .flat()
  .slice(0, perceptualHashBits);

const frequencyCount = 1 + Math.max(...diagonals.flat());

/** `waves[frequency][position]`: the type II cosines, orthogonal up to a common factor. */
const waves: readonly Float64Array[] = Array.from({ length: frequencyCount }, (_, frequency) =>
  Float64Array.from(
    { length: perceptualHashEdge },
    (_unused, position) =>
      Math.cos(((2 * position + 1) * frequency * Math.PI) / (2 * perceptualHashEdge)) *
      (frequency === 0 ? Math.SQRT1_2 : 1),
  ),
);

/** The transform of one row or column: what each frequency has of it. */
function frequenciesOf(values: readonly number[]): number[] {
  return waves.map((wave) => wave.reduce((sum, height, position) => sum + height * (values[position] ?? 0), 0));
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function toHexadecimal(bits: string): string {
  return BigInt(`0b${bits}`)
    .toString(16)
    .padStart(perceptualHashBits / 4, "0");
}

/**
 * One even colour has no frequencies; it is told apart by the colour: of 21 bits a channel so many are set as it is
 * bright, so that colours which are alike differ in few bits.
 */
function hashOfColor(channels: readonly number[]): string {
  const bits = channels.map((value) => "1".repeat(Math.round((value / 255) * 21)).padStart(21, "0")).join("");
  return toHexadecimal(bits.padStart(perceptualHashBits, "0"));
}

/** For each of 8×8 parts, row by row, whether it is clearly brighter than the picture. */
function brightParts(brightness: readonly number[]): boolean[] {
  const mean = meanOf(brightness);
  const side = perceptualHashEdge / 8;
  return Array.from({ length: perceptualHashBits }, (_, part) => {
    const corner = Math.floor(part / 8) * side * perceptualHashEdge + (part % 8) * side;
    const rows = Array.from({ length: side }, (_unused, row) => corner + row * perceptualHashEdge);
    return meanOf(rows.flatMap((start) => brightness.slice(start, start + side))) > mean + 1;
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * @param pixels 32 rows of 32 pixels of red, green and blue, 0 to 255 each
 * @returns 16 hexadecimal digits
 */
export function perceptualHash(pixels: Uint8Array): string {
  const edge = perceptualHashEdge;
  if (pixels.length !== edge * edge * 3) throw new Error("the hash is made from 32×32 pixels");
  const channel = (offset: number) =>
    Array.from({ length: edge * edge }, (_, index) => pixels[index * 3 + offset] ?? 0);
  const [red, green, blue] = [channel(0), channel(1), channel(2)];
  // Luma of ITU-R BT.709.
  const brightness = red.map(
    (value, index) => 0.2126 * value + 0.7152 * (green[index] ?? 0) + 0.0722 * (blue[index] ?? 0),
  );
  const rows = Array.from({ length: edge }, (_, row) => frequenciesOf(brightness.slice(row * edge, (row + 1) * edge)));
  const columns = waves.map((_, horizontal) => frequenciesOf(rows.map((row) => row[horizontal] ?? 0)));
  const frequencies = diagonals.map(([horizontal, vertical]) => columns[horizontal]?.[vertical] ?? 0);
  const strongest = Math.max(...frequencies.map(Math.abs));
  if (strongest < evenSurface) {
    return hashOfColor([red, green, blue].map(meanOf));
  }
  const noise = Math.max(roundingNoise, compressionNoise * strongest);
  const clear = frequencies.map((value) => (Math.abs(value) < noise ? 0 : value));
  const median = medianOf(clear);
  const parts = brightParts(brightness);
  return toHexadecimal(
    clear.map((value, index) => ((value === 0 ? parts[index] : value > median) ? "1" : "0")).join(""),
  );
}

/** How many bits of 32 are set, counted in parallel within the word. */
function bitsSet(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** In how many of 64 bits two hashes differ (their Hamming distance). */
export function hammingDistance(left: string, right: string): number {
  const half = perceptualHashBits / 8;
  const differing = (from: number) =>
    bitsSet(Number.parseInt(left.slice(from, from + half), 16) ^ Number.parseInt(right.slice(from, from + half), 16));
  return differing(0) + differing(half);
}
