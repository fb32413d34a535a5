import type { Canvas, Texture } from "./canvas.ts";
import { type Color, mix, toChannels } from "./color.ts";
import { createNoise } from "./noise.ts";
import type { Light, Stage } from "./stage.ts";

/** Pixels of a texture along its longer edge: clouds are soft, so few will do. */
const resolution = 300;

/** From 0 at `low` to 1 at `high`, without corners. */
export function smooth(low: number, high: number, amount: number): number {
  const part = Math.min(1, Math.max(0, (amount - low) / (high - low)));
  return part * part * (3 - 2 * part);
}

/** A row of colours between two, to look up instead of mixing for every pixel. */
function ramp(from: Color, to: Color): readonly (readonly [number, number, number])[] {
  return Array.from({ length: 33 }, (_, index) => toChannels(mix(from, to, index / 32)));
}

/**
 * Makes a texture for a box of the picture.
 * @param shade for x and y from 0 to 1: how far between the two colours, and how opaque
 */
export function makeTexture(
  canvas: Canvas,
  box: { width: number; height: number },
  colors: readonly [Color, Color],
  shade: (x: number, y: number) => readonly [tone: number, opacity: number],
): Texture {
  const scale = Math.min(1, resolution / Math.max(box.width, box.height), canvas.unit);
  const columns = Math.max(2, Math.round(box.width * scale));
  const rows = Math.max(2, Math.round(box.height * scale));
  const tones = ramp(colors[0], colors[1]);
  const pixels = new Uint8Array(columns * rows * 4);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const [tone, opacity] = shade(column / (columns - 1), row / (rows - 1));
      const [red, green, blue] = tones[Math.round(Math.min(1, Math.max(0, tone)) * 32)] ?? [0, 0, 0];
      pixels.set([red, green, blue, Math.round(255 * Math.min(1, Math.max(0, opacity)))], (row * columns + column) * 4);
    }
  }
  return { columns, rows, pixels };
}

/** Clouds over the upper `height` pixels, lit from the side of the sun. `cover` is 0 for a clear sky and 1 for a closed one. */
export function drawClouds(stage: Stage, light: Light, height: number, cover: number): void {
  const { canvas, palette, seed } = stage;
  const noise = createNoise(`${seed}/clouds`, 5, 0.52);
  const aspect = canvas.width / height;
  const [lightX, lightY] = [light.at[0] / canvas.width, light.at[1] / height];
  const threshold = 0.66 - 0.3 * cover;
  const lit =
    palette.time === "night" ? mix(palette.sky[3], palette.disc, 0.2) : mix(palette.disc, palette.sky[3], 0.3);
  const shadow = mix(palette.sky[1], palette.sky[2], palette.isDark ? 0.35 : 0.6);
  const at = (x: number, y: number) => noise(x * 2.6 * aspect + 10, y * 6.5 + 10);
  const texture = makeTexture(canvas, { width: canvas.width, height }, [shadow, lit], (x, y) => {
    const density = at(x, y);
    const opacity = smooth(threshold, threshold + 0.2, density) * smooth(0, 0.12, y + 0.1) * (1 - smooth(0.82, 1, y));
    if (opacity === 0) {
      return [0, 0];
    }
    const [towardX, towardY] = [lightX - x, lightY - y];
    const distance = Math.hypot(towardX * aspect, towardY) + 0.001;
    const behind = at(x + (0.05 * towardX) / distance, y + (0.05 * towardY) / distance);
    const nearness = Math.exp(-distance * 1.4);
    return [0.42 + (density - behind) * 4 + nearness * 0.45, opacity * 0.92];
  });
  canvas.place(texture, { x: 0, y: 0, width: canvas.width, height }, palette.time === "night" ? 0.55 : 0.9);
}

/** A bank of mist along a height: thickest in its middle, torn by noise. */
export function drawMist(stage: Stage, name: string, y: number, height: number, opacity: number): void {
  const { canvas, palette, seed } = stage;
  const noise = createNoise(`${seed}/mist/${name}`, 4, 0.5);
  const color = mix(palette.haze, palette.disc, palette.isDark ? 0.05 : 0.3);
  const texture = makeTexture(canvas, { width: canvas.width, height }, [color, color], (x, down) => {
    const bell = Math.sin(Math.PI * down) ** 1.6;
    return [0, bell * (0.25 + 0.95 * smooth(0.3, 0.7, noise((x * 3 * canvas.width) / canvas.unit, down * 2.2)))];
  });
  canvas.place(texture, { x: 0, y: y - height / 2, width: canvas.width, height }, opacity);
}
