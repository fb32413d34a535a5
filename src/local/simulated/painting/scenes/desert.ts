import type { Random } from "../../random.ts";
import { path, type Point, polygon, short, stroke } from "../canvas.ts";
import { type Color, lighten, mix } from "../color.ts";
import { createNoise } from "../noise.ts";
import { layerColor } from "../palette.ts";
import { drawBirds, drawSky, placeLight } from "../sky.ts";
import type { Light, Stage, Surface } from "../stage.ts";
import { columnsOf, createHills, createRange, drawLand } from "../terrain.ts";

/** A dune: its crest winds down through the sand, one side of it in the sun and the other in the shade. */
function drawDune(stage: Stage, light: Light, name: string, y: number, height: number, lit: Color, shade: Color): Surface {
  const { canvas, palette } = stage;
  const random = stage.random.fork(`dune/${name}`);
  const surface = createHills(stage, `dune/${name}`, y, height, random.between(1.1, 1.7), 2);
  const columns = columnsOf(canvas.width);
  drawLand(stage, surface, lit, 0.12, 0.5);
  const noise = createNoise(`${stage.seed}/crest/${name}`, 2, 0.5);
  const tops = columns.filter((x, index) => index > 2 && index < columns.length - 3 && surface(x) <= Math.min(surface(columns[index - 2] ?? x), surface(columns[index + 2] ?? x)));
  for (const top of tops.filter((x, index) => index === 0 || x - (tops[index - 1] ?? 0) > canvas.width * 0.06)) {
    const side = light.at[0] < top ? 1 : -1;
    const slope = columns.filter((x) => (x - top) * side >= 0 && Math.abs(x - top) < canvas.unit * 0.55).map((x): Point => [x, surface(x)]);
    const ordered = side > 0 ? slope : slope.reverse();
    const end = ordered.at(-1) ?? [top, surface(top)];
    const fall = canvas.unit * random.between(0.2, 0.34);
    const crest = Array.from({ length: 18 }, (_, index): Point => {
      const amount = index / 17;
      const sway = Math.sin(amount * Math.PI * 1.3 + noise(top) * 2) * canvas.unit * 0.085 * amount;
      return [top + side * (amount ** 1.5 * canvas.unit * 0.3 - sway), surface(top) + fall * amount];
    });
    const paint = canvas.linear([0, surface(top)], [0, surface(top) + fall], [[0, shade, 0.95], [0.7, shade, 0.55], [1, shade, 0]]);
    canvas.add(polygon([...ordered, [end[0], end[1] + fall * 0.9], ...crest.reverse()], paint));
  }
  const ripple = mix(shade, palette.near, 0.2);
  for (let row = 0; row < 9; row += 1) {
    const down = canvas.unit * (0.03 + row * 0.026);
    const line = columns.filter((_, index) => index % 3 === 0).map((x): Point => [x, surface(x) + down + (noise((x / canvas.unit) * 4 + row * 5) - 0.5) * canvas.unit * 0.03]);
    canvas.add(stroke(line, ripple, Math.max(0.5, canvas.unit * 0.0014), { opacity: 0.16 }));
  }
  return surface;
}

function drawCactus(stage: Stage, random: Random, [x, y]: Point, height: number, light: Light): void {
  const { canvas, palette } = stage;
  const body = mix(mix("#3f7050", palette.foliage, 0.4), palette.near, palette.isDark ? 0.75 : 0.45);
  const edge = mix(body, palette.glow, 0.4);
  const wide = height * 0.15;
  const arm = (side: number, rise: number, length: number): Point[] => [[x, y - height * rise], [x + side * height * 0.2, y - height * rise], [x + side * height * 0.2, y - height * (rise + length)]];
  const parts = [
    [[x, y], [x, y - height]],
    arm(-1, random.between(0.3, 0.42), random.between(0.22, 0.36)),
    ...(random.chance(0.75) ? [arm(1, random.between(0.42, 0.55), random.between(0.18, 0.3))] : []),
  ] as Point[][];
  const side = light.at[0] < x ? -1 : 1;
  parts.forEach((points, index) => {
    const width = index === 0 ? wide : wide * 0.72;
    canvas.add(stroke(points, body, width));
    canvas.add(stroke(points.map(([px, py]): Point => [px + side * width * 0.26, py]), edge, width * 0.16, { opacity: 0.5 }));
  });
}

function drawPyramids(stage: Stage, light: Light, y: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork("pyramids");
  const stone = mix(mix("#d9b077", palette.haze, 0.3), palette.near, palette.isDark ? 0.5 : 0.1);
  const sizes = [0.2, 0.3, 0.15];
  sizes.forEach((size, index) => {
    const x = canvas.width * (0.2 + index * 0.27 + random.between(-0.04, 0.04));
    const half = canvas.unit * size;
    const [top, ridge] = [y - half * 1.22, x + (light.at[0] < x ? 0.18 : -0.18) * half];
    const isLitLeft = light.at[0] < x;
    const dark = mix(stone, palette.near, 0.5);
    canvas.add(polygon([[x, top], [x - half, y + half * 0.1], [ridge, y + half * 0.16]], isLitLeft ? lighten(stone, 0.04) : dark));
    canvas.add(polygon([[x, top], [ridge, y + half * 0.16], [x + half, y + half * 0.1]], isLitLeft ? dark : lighten(stone, 0.04)));
  });
}

/** Flat-topped rocks at the horizon. */
function drawMesas(stage: Stage, y: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork("mesas");
  const color = mix(layerColor(palette, 0.34), "#a8553a", palette.isDark ? 0.12 : 0.3);
  for (let index = 0; index < 4; index += 1) {
    const [x, half, tall] = [canvas.width * random.between(0, 1), canvas.unit * random.between(0.04, 0.14), canvas.unit * random.between(0.07, 0.2)];
    const paint = canvas.linear([x - half, 0], [x + half, 0], [[0, color], [0.5, mix(color, palette.glow, 0.15)], [1, mix(color, palette.near, 0.3)]]);
    canvas.add(path(`M${short(x - half * 1.5)} ${short(y + 4)}Q${short(x - half * 1.02)} ${short(y - tall * 0.45)} ${short(x - half)} ${short(y - tall)}L${short(x - half * 0.3)} ${short(y - tall * 1.03)}L${short(x + half * 0.4)} ${short(y - tall * 0.98)}L${short(x + half)} ${short(y - tall)}Q${short(x + half * 1.04)} ${short(y - tall * 0.45)} ${short(x + half * 1.6)} ${short(y + 4)}Z`, paint));
  }
}

/** Dunes in the low sun, with cacti, table mountains or pyramids. */
export function drawDesert(stage: Stage): Surface {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("desert");
  const { width, height, unit } = canvas;
  const horizon = height * 0.6;
  const light = placeLight(stage, horizon);
  drawSky(stage, horizon, light);
  drawBirds(stage, horizon);
  const sand = mix(mix("#e3ab6b", palette.haze, 0.35), palette.near, palette.isDark ? 0.42 : 0.02);
  const shade = mix(mix(sand, "#8a3f35", 0.45), palette.near, palette.isDark ? 0.55 : 0.28);
  if (brief.has("pyramid")) {
    drawPyramids(stage, light, horizon + unit * 0.03);
  } else if (random.chance(0.55)) {
    drawMesas(stage, horizon + unit * 0.03);
  } else {
    createRange(stage, light, "rocks", horizon + unit * 0.03, unit * 0.17, 6).draw(mix(layerColor(palette, 0.34), "#a8553a", 0.2), undefined);
  }
  drawDune(stage, light, "far", horizon + unit * 0.05, unit * 0.1, mix(sand, palette.haze, 0.5), mix(shade, palette.haze, 0.45));
  drawDune(stage, light, "middle", horizon + unit * 0.14, unit * 0.2, mix(sand, palette.haze, 0.22), mix(shade, palette.haze, 0.2));
  const near = drawDune(stage, light, "near", height * 0.84, unit * 0.26, sand, shade);
  if (!brief.has("pyramid")) {
    const count = random.integer(1, 3);
    const side = random.chance(0.5) ? 0.14 : 0.84;
    for (let index = 0; index < count; index += 1) {
      const x = width * Math.min(0.95, Math.max(0.05, index === 0 ? side : 1 - side + random.between(-0.12, 0.12) * index));
      drawCactus(stage, random, [x, near(x) + unit * 0.03], unit * (index === 0 ? random.between(0.24, 0.32) : random.between(0.09, 0.15)), light);
    }
  }
  return near;
}
