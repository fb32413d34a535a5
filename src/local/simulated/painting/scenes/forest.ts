import type { Random } from "../../random.ts";
import { drawGlow } from "../buildings.ts";
import { dots, type Point, path, polygon, short } from "../canvas.ts";
import { drawMist } from "../clouds.ts";
import { type Color, mix } from "../color.ts";
import { createNoise } from "../noise.ts";
import { layerColor, type Palette } from "../palette.ts";
import { drawBirds, drawSky, placeLight } from "../sky.ts";
import type { Light, Setting, Stage, Surface } from "../stage.ts";
import { broadleaf, columnsOf, createHills, drawConifers, drawLand, landColor } from "../terrain.ts";

/** Light that falls in slanting shafts from the sun. */
function drawShafts(stage: Stage, light: Light): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork("shafts");
  const length = Math.hypot(canvas.width, canvas.height);
  const strength = palette.isDark ? 0.1 : 0.2;
  const paint = canvas.radial(light.at, length * 0.8, [
    [0, palette.glow, strength],
    [0.5, palette.glow, strength * 0.5],
    [1, palette.glow, 0],
  ]);
  for (let index = 0; index < 9; index += 1) {
    const angle = Math.PI * random.between(0.12, 0.88);
    const spread = random.between(0.012, 0.05);
    const ray = (turn: number): Point => [light.at[0] + Math.cos(turn) * length, light.at[1] + Math.sin(turn) * length];
    canvas.add(polygon([light.at, ray(angle - spread), ray(angle + spread)], paint));
  }
}

/** Blades of grass and ferns along a surface. */
export function drawGrass(stage: Stage, name: string, surface: Surface, height: number, color: Color): void {
  const { canvas } = stage;
  const random = stage.random.fork(`grass/${name}`);
  const commands: string[] = [];
  for (let x = 0; x < canvas.width; x += height * random.between(0.06, 0.2)) {
    const [tall, lean] = [height * random.between(0.3, 1), height * random.between(-0.4, 0.4)];
    const [y, half] = [surface(x) + height * 0.1, height * 0.035];
    commands.push(
      `M${short(x - half)} ${short(y)}Q${short(x)} ${short(y - tall * 0.6)} ${short(x + lean)} ${short(y - tall)}Q${short(x + half * 1.5)} ${short(y - tall * 0.5)} ${short(x + half)} ${short(y)}Z`,
    );
  }
  canvas.add(path(commands.join(""), color));
}

/** Small warm lights that hover over the ground. */
function drawFireflies(stage: Stage, top: number): void {
  const { canvas } = stage;
  const random = stage.random.fork("fireflies");
  const lights = Array.from({ length: 26 }, (): [number, number, number] => [
    random.between(0.03, 0.97) * canvas.width,
    random.between(top, canvas.height * 0.95),
    Math.max(0.6, canvas.unit * random.between(0.0018, 0.0042)),
  ]);
  for (const [x, y, radius] of lights) {
    drawGlow(stage, [x, y], radius * 7, "#ffe27a", 0.6);
  }
  canvas.add(dots(lights, "#fff6c8"));
}

/** A path that winds from the foreground into the trees. */
function drawTrail(stage: Stage, surface: Surface, color: Color): void {
  const { canvas } = stage;
  const noise = createNoise(`${stage.seed}/trail`, 2, 0.5);
  const left: Point[] = [];
  const right: Point[] = [];
  const center = canvas.width * (0.42 + 0.16 * noise(3));
  const start = surface(center);
  for (let step = 0; step <= 24; step += 1) {
    const near = step / 24;
    const x = center + (noise(near * 2.4 + 11) - 0.5) * canvas.unit * 0.55 * near ** 0.8;
    const half = canvas.unit * (0.006 + 0.12 * near ** 1.7);
    const y = start + (canvas.height - start) * near ** 1.15;
    left.push([x - half, y]);
    right.push([x + half, y]);
  }
  canvas.add(polygon([...left, ...right.reverse()], color, { opacity: 0.75 }));
}

/** A trunk at one side and its boughs overhead with leaves, as a frame for what is behind. */
function drawFrame(stage: Stage, surface: Surface, palette: Palette, dark: Color): void {
  const { canvas, brief } = stage;
  const random = stage.random.fork("frame");
  const side = random.chance(0.5) ? 1 : -1;
  const edge = side > 0 ? canvas.width : 0;
  const { unit } = canvas;
  const at = (inward: number, down: number) => `${short(edge - side * inward * unit)} ${short(down)}`;
  const foot = surface(edge - side * 0.1 * unit) + unit * 0.02;
  canvas.add(
    path(
      `M${at(-0.02, foot)}L${at(0.16, foot)}Q${at(0.1, foot - unit * 0.1)} ${at(0.095, foot * 0.5)}Q${at(0.1, foot * 0.34)} ${at(0.42, foot * 0.12)}L${at(0.4, foot * 0.1)}Q${at(0.16, foot * 0.24)} ${at(0.07, foot * 0.26)}L${at(0.06, -5)}L${at(-0.02, -5)}Z`,
      dark,
    ),
  );
  const leaf = mix(brief.has("blossom") ? "#e58fb0" : "#c4552b", palette.near, palette.isDark ? 0.6 : 0.35);
  const leaves = (color: Color, size: number) =>
    canvas.add(
      dots(
        Array.from({ length: 120 }, (): [number, number, number] => {
          const along = random.next() ** 1.4;
          return [
            edge - side * (along * 0.62 - 0.04) * unit,
            random.next() ** 1.5 * unit * 0.3 * (1.05 - along) + random.between(-0.02, 0.03) * unit,
            unit * size * random.between(0.5, 1.2),
          ];
        }),
        color,
      ),
    );
  leaves(mix(leaf, dark, 0.45), 0.022);
  leaves(leaf, 0.016);
  leaves(mix(leaf, palette.glow, 0.35), 0.008);
}

/** One of the rows of trees, from the mist to the foreground. */
interface Row {
  readonly name: string;
  /** As `layerColor` takes it. */
  readonly depth: number;
  /** Where it stands and how tall it is, as fractions of the height and of the shorter edge. */
  readonly base: number;
  readonly tall: number;
  readonly density: number;
  /** How far from the middle of the clearing its trees begin, as a fraction of the width. */
  readonly open: number;
}

const rows: readonly Row[] = [
  { name: "forest/0", depth: 0.14, base: 0.6, tall: 0.34, density: 7, open: 0.016 },
  { name: "forest/1", depth: 0.3, base: 0.66, tall: 0.44, density: 6.5, open: 0.076 },
  { name: "forest/2", depth: 0.5, base: 0.73, tall: 0.56, density: 6, open: 0.15 },
  { name: "forest/3", depth: 0.72, base: 0.8, tall: 0.68, density: 5.5, open: 0.23 },
];

const autumnColors: readonly [Color, ...Color[]] = ["#c4552b", "#d98a2f", "#a63f2e", "#e0a93f"];

function crownColor(stage: Stage, random: Random, depth: number, color: Color): Color {
  const { brief, palette } = stage;
  const leaf = random.pick(autumnColors);
  return brief.has("blossom")
    ? mix(color, "#f0a8c0", palette.isDark ? 0.25 : 0.35 + 0.35 * depth)
    : mix(color, leaf, 0.25 + 0.4 * depth * (palette.isDark ? 0.4 : 1));
}

function drawBroadleaves(
  stage: Stage,
  light: Light,
  row: Row,
  ground: Surface,
  color: Color,
  keep: (x: number) => boolean,
): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork(`broad/${row.name}`);
  const tall = canvas.unit * row.tall * 0.72;
  for (let x = -tall * 0.2; x < canvas.width + tall * 0.2; x += tall * random.between(0.18, 0.42)) {
    if (keep(x)) {
      const crown = crownColor(stage, random, row.depth, color);
      const colors = { trunk: mix(color, palette.near, 0.5), crown, light: mix(crown, palette.glow, 0.7) };
      const at: Point = [x, ground(x)];
      canvas.add(broadleaf(random, at, tall * random.between(0.7, 1.1), colors, light.at[0] < x ? -1 : 1));
    }
  }
}

function drawRow(stage: Stage, light: Light, row: Row, clearing: number, isBroad: boolean): void {
  const { canvas, palette } = stage;
  const { width, height, unit } = canvas;
  const ground = createHills(stage, row.name, height * row.base, unit * 0.05, 1.6, 3);
  const color = mix(landColor(stage, row.depth, 0.7), layerColor(palette, row.depth), 0.35);
  const keep = (x: number) => Math.abs(x - clearing) > width * row.open;
  if (isBroad) {
    drawBroadleaves(stage, light, row, ground, color, keep);
  } else {
    drawConifers(stage, row.name, ground, unit * row.tall, row.density, color, keep, 0.2);
  }
  drawLand(stage, ground, mix(color, landColor(stage, row.depth + 0.1, 0.8), 0.5), 0.15);
  drawMist(stage, row.name, height * (row.base + 0.01), unit * 0.22, row.depth > 0.6 ? 0.3 : 0.7);
}

/** What stands right before us: a tree overhead, or firs at the sides, and grass. */
function drawForeground(stage: Stage, clearing: number, isBroad: boolean): void {
  const { canvas, palette } = stage;
  const { width, height, unit } = canvas;
  const dark = layerColor(palette, 1);
  const front = createHills(stage, "front", height * 0.965, unit * 0.05, 1.4, 3);
  if (isBroad) {
    drawFrame(stage, front, palette, dark);
  } else {
    const color = mix(dark, landColor(stage, 0.9, 0.5), 0.12);
    const isAside = (x: number) => Math.abs(x - clearing) > width * 0.37;
    drawConifers(stage, "frame", front, Math.min(height * 0.92, unit * 1.15), 9, color, isAside, 0);
  }
  drawGrass(stage, "front", front, unit * 0.075, mix(dark, landColor(stage, 1, 0.6), 0.3));
  const crest = columnsOf(width).map((x): Point => [x, front(x)]);
  canvas.add(polygon([...crest, [width, height], [0, height]], dark));
}

/** Trees behind trees in the mist, with light between them; broad-leaved in autumn and in blossom. */
export function drawForest(stage: Stage): Setting {
  const { canvas, palette, brief } = stage;
  const { width, height, unit } = canvas;
  const light = placeLight(stage, height * 0.6);
  drawSky(stage, height * 0.66, light);
  drawBirds(stage, height * 0.4);
  const isBroad = brief.has("autumn") || brief.has("blossom");
  const clearing = width * stage.random.fork("forest").between(0.42, 0.58);
  for (const row of rows) {
    drawRow(stage, light, row, clearing, isBroad);
    if (row.name === "forest/1") {
      drawShafts(stage, light);
    }
  }
  const floor = createHills(stage, "floor", height * 0.86, unit * 0.05, 1.2, 3);
  drawLand(stage, floor, mix(landColor(stage, 0.92, 0.55), palette.near, 0.25), 0, 0.3);
  drawTrail(stage, floor, mix(mix("#b99a72", palette.haze, 0.2), palette.near, palette.isDark ? 0.7 : 0.35));
  drawForeground(stage, clearing, isBroad);
  if (brief.has("fireflies") || (palette.isDark && unit >= 128)) {
    drawFireflies(stage, height * 0.55);
  }
  return { light, ground: floor };
}
