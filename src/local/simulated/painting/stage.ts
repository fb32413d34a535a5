import type { Random } from "../random.ts";
import type { Brief } from "./brief.ts";
import type { Canvas, Point } from "./canvas.ts";
import type { Palette } from "./palette.ts";

/** Everything that a part of a picture is drawn with. */
export interface Stage {
  readonly canvas: Canvas;
  readonly brief: Brief;
  readonly palette: Palette;
  /** Use `fork` with the name of the part: so each part varies by itself. */
  readonly random: Random;
  /** Names the noise of this picture. */
  readonly seed: string;
}

/** Where the sun or the moon stands, and how large it is. */
export interface Light {
  readonly at: Point;
  readonly radius: number;
}

/** The surface of a layer of land: a height for each x. */
export type Surface = (x: number) => number;

/** What a scene leaves for those who come into it. */
export interface Setting {
  readonly light: Light;
  /** The ground before us; undefined where there is none to stand on. */
  readonly ground: Surface | undefined;
}
