import { createRandom } from "../random.ts";
import { readBrief, type SceneName } from "./brief.ts";
import { createCanvas, type Texture } from "./canvas.ts";
import { choosePalette } from "./palette.ts";
import { drawAbstract } from "./scenes/abstract.ts";
import { drawCity } from "./scenes/city.ts";
import { drawDesert } from "./scenes/desert.ts";
import { drawForest } from "./scenes/forest.ts";
import { drawMeadow } from "./scenes/meadow.ts";
import { drawMountains } from "./scenes/mountains.ts";
import { drawSeascape } from "./scenes/sea.ts";
import { drawSpace } from "./scenes/space.ts";
import { drawVignette, drawWeather } from "./sky.ts";
import type { Setting, Stage } from "./stage.ts";
import { drawSubjects } from "./subjects.ts";

/** What to paint. The same values make the same bytes. */
interface PictureRequest {
  readonly prompt: string;
  readonly negativePrompt: string | null;
  readonly seed: number;
  readonly index: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly start: StartingPoint | null;
}

/** A picture to start from. */
export interface StartingPoint {
  readonly bytes: Uint8Array;
  /** 0 leaves it as it is, 1 paints all of it over. */
  readonly strength: number;
}

const scenes: Readonly<Record<SceneName, (stage: Stage) => Setting>> = {
  sea: drawSeascape,
  mountains: drawMountains,
  city: drawCity,
  forest: drawForest,
  desert: drawDesert,
  space: drawSpace,
  meadow: drawMeadow,
  abstract: drawAbstract,
};

/** Loaded with the first picture: sharp is a native module. */
async function loadSharp() {
  const { default: sharp } = await import("sharp");
  return sharp;
}

async function encodeTexture({ columns, rows, pixels }: Texture): Promise<string> {
  const sharp = await loadSharp();
  const png = await sharp(pixels, { raw: { width: columns, height: rows, channels: 4 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** The longer edge of a picture in pixel art, in its large pixels. */
const pixelArtEdge = 128;

/** One picture at a time: four large ones at once would take four times the memory. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Paints the picture of a prompt as a PNG of exactly the asked size.
 * @returns undefined when `signal` aborted before it was done
 */
export function paintPicture(request: PictureRequest, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const picture = turn.then(() => (signal.aborted ? undefined : paintOver(request)));
  turn = picture.catch(() => undefined);
  return picture;
}

/** The painting, or what it makes of the picture to start from: the more strength, the less is left of that one. */
async function paintOver(request: PictureRequest): Promise<Uint8Array> {
  const painting = await paint(request);
  const { start, width, height } = request;
  if (start === null) {
    return painting;
  }
  const sharp = await loadSharp();
  const glaze = await sharp(painting).ensureAlpha(start.strength).png({ compressionLevel: 1 }).toBuffer();
  return sharp(start.bytes)
    .autoOrient()
    .resize(width, height, { fit: "cover" })
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .composite([{ input: glaze }])
    .removeAlpha()
    .png({ compressionLevel: 6 })
    .toBuffer();
}

async function paint(request: PictureRequest): Promise<Uint8Array> {
  const seed = `${request.seed}/${request.index}`;
  const brief = readBrief(request.prompt, request.negativePrompt);
  const canvas = createCanvas(request.width, request.height);
  const random = createRandom(`${seed}/${request.prompt}`);
  const stage: Stage = { canvas, brief, random, seed, palette: choosePalette(brief, random.fork("palette")) };
  const { light, ground } = scenes[brief.scene](stage);
  drawSubjects(stage, light, ground);
  drawWeather(stage, request.height * 0.6);
  if (brief.scene !== "abstract") {
    drawVignette(stage);
  }
  const svg = canvas.toSvg(await Promise.all(canvas.textures.map(encodeTexture)));
  const sharp = await loadSharp();
  const picture = sharp(Buffer.from(svg)).removeAlpha();
  if (!brief.has("pixel")) {
    return picture.png({ compressionLevel: 6 }).toBuffer();
  }
  const scale = Math.min(1, pixelArtEdge / Math.max(request.width, request.height));
  const [columns, rows] = [
    Math.max(1, Math.round(request.width * scale)),
    Math.max(1, Math.round(request.height * scale)),
  ];
  const small = await picture
    .resize(columns, rows, { fit: "fill" })
    .png({ palette: true, colours: 40, dither: 0.4 })
    .toBuffer();
  return sharp(small).resize(request.width, request.height, { fit: "fill", kernel: "nearest" }).png().toBuffer();
}
