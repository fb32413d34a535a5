import type { Color } from "./color.ts";

export type Point = readonly [x: number, y: number];

/** Where in a gradient, which colour, and how opaque (1 unless told). */
type Stop = readonly [offset: number, color: Color, opacity?: number];

/** A picture made of pixels that an SVG cannot draw, as clouds; it is stretched to where it is placed. */
export interface Texture {
  readonly columns: number;
  readonly rows: number;
  /** Red, green, blue and opacity, four bytes a pixel. */
  readonly pixels: Uint8Array;
}

/** An SVG in the making. Lengths are pixels of the picture. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** The shorter edge: sizes of things are fractions of it. */
  readonly unit: number;
  add(markup: string): void;
  /** A gradient along a line; returns the paint to fill with. */
  linear(from: Point, to: Point, stops: readonly Stop[]): string;
  radial(center: Point, radius: number, stops: readonly Stop[]): string;
  /** Stretches a texture over a box. */
  place(texture: Texture, box: { x: number; y: number; width: number; height: number }, opacity: number): void;
  readonly textures: readonly Texture[];
  /** The whole document, with an address for each texture in the order of `textures`. */
  toSvg(addresses: readonly string[]): string;
}

/** A number as short as SVG needs it. */
export function short(number: number): string {
  return `${Math.round(number * 100) / 100}`;
}

function stopMarkup([offset, color, opacity = 1]: Stop): string {
  return `<stop offset="${short(offset)}" stop-color="${color}" stop-opacity="${short(opacity)}"/>`;
}

export function createCanvas(width: number, height: number): Canvas {
  const definitions: string[] = [];
  const shapes: ((addresses: readonly string[]) => string)[] = [];
  const textures: Texture[] = [];
  const define = (make: (id: string) => string): string => {
    const id = `d${definitions.length}`;
    definitions.push(make(id));
    return `url(#${id})`;
  };
  return {
    width,
    height,
    unit: Math.min(width, height),
    textures,
    add: (markup) => {
      shapes.push(() => markup);
    },
    linear: ([x1, y1], [x2, y2], stops) =>
      define(
        (id) =>
          `<linearGradient id="${id}" gradientUnits="userSpaceOnUse" x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}">${stops.map(stopMarkup).join("")}</linearGradient>`,
      ),
    radial: ([x, y], radius, stops) =>
      define(
        (id) =>
          `<radialGradient id="${id}" gradientUnits="userSpaceOnUse" cx="${short(x)}" cy="${short(y)}" r="${short(radius)}">${stops.map(stopMarkup).join("")}</radialGradient>`,
      ),
    place: (texture, box, opacity) => {
      const index = textures.push(texture) - 1;
      shapes.push(
        (addresses) =>
          `<image href="${addresses[index] ?? ""}" x="${short(box.x)}" y="${short(box.y)}" width="${short(box.width)}" height="${short(box.height)}" preserveAspectRatio="none" opacity="${short(opacity)}"/>`,
      );
    },
    toSvg: (addresses) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><defs>${definitions.join("")}</defs>${shapes.map((shape) => shape(addresses)).join("")}</svg>`,
  };
}

export interface Look {
  readonly opacity?: number;
  /** Further attributes as they stand in the markup. */
  readonly more?: string;
}

/** The opacity of fill and stroke, not of the element: that would be drawn apart first and cost many times as much. */
function lookMarkup({ opacity, more }: Look): string {
  const paint = opacity === undefined ? "" : ` fill-opacity="${short(opacity)}" stroke-opacity="${short(opacity)}"`;
  return `${paint}${more === undefined ? "" : ` ${more}`}`;
}

/** A shape of straight edges. */
export function polygon(points: readonly Point[], fill: string, look: Look = {}): string {
  const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${short(x)} ${short(y)}`).join("");
  return `<path d="${path}Z" fill="${fill}"${lookMarkup(look)}/>`;
}

/** A path given by its commands. */
export function path(commands: string, fill: string, look: Look = {}): string {
  return `<path d="${commands}" fill="${fill}"${lookMarkup(look)}/>`;
}

export function stroke(points: readonly Point[], color: string, width: number, look: Look = {}): string {
  const line = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${short(x)} ${short(y)}`).join("");
  return `<path d="${line}" fill="none" stroke="${color}" stroke-width="${short(width)}" stroke-linecap="round" stroke-linejoin="round"${lookMarkup(look)}/>`;
}

export function circle([x, y]: Point, radius: number, fill: string, look: Look = {}): string {
  return `<circle cx="${short(x)}" cy="${short(y)}" r="${short(radius)}" fill="${fill}"${lookMarkup(look)}/>`;
}

export function ellipse([x, y]: Point, radiusX: number, radiusY: number, fill: string, look: Look = {}): string {
  return `<ellipse cx="${short(x)}" cy="${short(y)}" rx="${short(radiusX)}" ry="${short(radiusY)}" fill="${fill}"${lookMarkup(look)}/>`;
}

export function rectangle(x: number, y: number, width: number, height: number, fill: string, look: Look = {}): string {
  return `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${fill}"${lookMarkup(look)}/>`;
}

/** Many small rectangles in one shape: cheaper to draw than each by itself. */
export function rectangles(
  boxes: readonly (readonly [number, number, number, number])[],
  fill: string,
  look: Look = {},
): string {
  const commands = boxes.map(
    ([x, y, width, height]) => `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}z`,
  );
  return boxes.length === 0 ? "" : path(commands.join(""), fill, look);
}

/** Many dots in one shape. */
export function dots(
  centers: readonly (readonly [x: number, y: number, radius: number])[],
  fill: string,
  look: Look = {},
): string {
  const commands = centers.map(([x, y, radius]) => {
    const size = short(radius);
    const across = short(radius * 2);
    return `M${short(x - radius)} ${short(y)}a${size} ${size} 0 1 0 ${across} 0a${size} ${size} 0 1 0 ${short(-radius * 2)} 0`;
  });
  return centers.length === 0 ? "" : path(commands.join(""), fill, look);
}
