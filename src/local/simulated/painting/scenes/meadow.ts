import type { Random } from "../../random.ts";
import { circle, dots, type Point, path, short, stroke } from "../canvas.ts";
import { drawMist } from "../clouds.ts";
import { type Color, fromPolar, lighten, mix } from "../color.ts";
import { layerColor } from "../palette.ts";
import { drawBirds, drawSky, placeLight } from "../sky.ts";
import type { Light, Setting, Stage, Surface } from "../stage.ts";
import { broadleaf, createHills, drawConifers, drawLand, landColor } from "../terrain.ts";
import { drawGrass } from "./forest.ts";

function flowerColors(stage: Stage): readonly [Color, ...Color[]] {
  const { brief, palette } = stage;
  const hue = brief.has("flowers") ? brief.hues[0] : brief.tint;
  const grey = brief.has("monochrome");
  const dim = (color: Color): Color => mix(color, palette.near, palette.isDark ? 0.45 : 0.05);
  if (grey) {
    return [dim("#f2f2f2"), dim("#c8c8c8")];
  }
  if (hue !== undefined) {
    const tone = (lightness: number, shift: number) => dim(fromPolar({ lightness, chroma: 0.17, hue: hue + shift }));
    return [tone(0.66, 0), tone(0.76, 14), tone(0.58, -12)];
  }
  return stage.random.fork("flowers").pick([
    [dim("#e8534f"), dim("#f2b33d"), dim("#ffffff")],
    [dim("#8f6bd8"), dim("#c78be8"), dim("#f6d94f")],
    [dim("#f48fb1"), dim("#ffffff"), dim("#f9c74f")],
    [dim("#f9a03f"), dim("#f7d154"), dim("#e8534f")],
  ] as const);
}

/** One flower on its stem: a ring of petals, a bell, or an ear of small blossoms. */
function drawFlower(stage: Stage, random: Random, [x, y]: Point, height: number, color: Color, stem: Color): void {
  const { canvas } = stage;
  const lean = height * random.between(-0.18, 0.18);
  const head: Point = [x + lean, y - height];
  canvas.add(
    path(
      `M${short(x)} ${short(y)}Q${short(x)} ${short(y - height * 0.6)} ${short(head[0])} ${short(head[1])}`,
      "none",
      { more: `stroke="${stem}" stroke-width="${short(Math.max(0.6, height * 0.03))}"` },
    ),
  );
  const kind = random.next();
  const size = height * random.between(0.13, 0.2);
  if (kind < 0.55) {
    const petals = random.integer(5, 8);
    const turn = random.between(0, Math.PI);
    const tilt = random.between(0.55, 1);
    const ring = Array.from({ length: petals }, (_, index): [number, number, number] => {
      const angle = turn + (index / petals) * Math.PI * 2;
      return [head[0] + Math.cos(angle) * size * 0.62, head[1] + Math.sin(angle) * size * 0.62 * tilt, size * 0.46];
    });
    canvas.add(dots(ring, color));
    canvas.add(
      dots(
        ring.map(([px, py, radius]): [number, number, number] => [px, py - radius * 0.2, radius * 0.55]),
        lighten(color, 0.07),
        { opacity: 0.7 },
      ),
    );
    canvas.add(circle(head, size * 0.34, mix("#f2c037", color, 0.15)));
  } else if (kind < 0.8) {
    const at = (right: number, up: number) => `${short(head[0] + right * size)} ${short(head[1] - up * size)}`;
    canvas.add(
      path(
        `M${at(-0.8, 0.9)}Q${at(-0.9, -0.8)} ${at(0, -0.8)}Q${at(0.9, -0.8)} ${at(0.8, 0.9)}L${at(0.38, 0.35)}L${at(0, 1.05)}L${at(-0.38, 0.35)}Z`,
        color,
      ),
    );
    canvas.add(
      path(
        `M${at(-0.38, 0.35)}Q${at(-0.3, -0.7)} ${at(0, -0.8)}Q${at(0.3, -0.7)} ${at(0.38, 0.35)}L${at(0, 1.05)}Z`,
        lighten(color, 0.07),
      ),
    );
  } else {
    const ear = Array.from({ length: 12 }, (_, index): [number, number, number] => [
      head[0] - lean * 0.3 * (index / 12) + random.between(-0.3, 0.3) * size,
      head[1] + index * size * 0.26,
      size * random.between(0.16, 0.3),
    ]);
    canvas.add(dots(ear, color));
  }
}

function drawFlowers(stage: Stage, surface: Surface): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("flower-bed");
  const colors = flowerColors(stage);
  const isBed = brief.has("flowers");
  const stem = mix(landColor(stage, 0.95, 0.9), palette.near, 0.35);
  const rows = isBed ? 5 : 3;
  for (let row = 0; row < rows; row += 1) {
    const near = (row + 0.6) / rows;
    const height = canvas.unit * (0.03 + 0.13 * near ** 1.6);
    const gap = height * (isBed ? 0.45 : 0.85);
    for (let x = random.between(0, gap); x < canvas.width; x += gap * random.between(0.4, 1.7)) {
      const y = surface(x) + (canvas.height - surface(x)) * near * 1.1 + height * 0.35;
      drawFlower(stage, random, [x, y], height * random.between(0.7, 1.2), random.pick(colors), stem);
    }
  }
}

/** Dots of flowers or rows of a field on the hills behind. */
function drawField(
  stage: Stage,
  surface: Surface,
  depth: number,
  colors: readonly [Color, ...Color[]],
  bottom: number,
): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork(`field/${depth}`);
  for (const color of colors) {
    const spots = Array.from({ length: canvas.unit < 200 ? 30 : 130 }, (): [number, number, number] => {
      const x = random.between(0, canvas.width);
      const amount = random.next();
      return [
        x,
        surface(x) + canvas.unit * 0.01 + (bottom - surface(x)) * amount,
        canvas.unit * (0.0014 + 0.003 * depth * amount),
      ];
    });
    canvas.add(dots(spots, mix(color, palette.haze, 0.4 * (1 - depth)), { opacity: 0.8 }));
  }
}

/** A large tree by itself, in leaf, in blossom or in its autumn colours. */
function drawLoneTree(stage: Stage, light: Light, surface: Surface, x: number, height: number): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("lone-tree");
  const tint = brief.has("blossom") ? "#f2a9c4" : brief.has("autumn") ? "#cf6a2c" : palette.foliage;
  const crown = mix(tint, palette.near, palette.isDark ? 0.55 : 0.28);
  const trunk = mix("#4d382b", palette.near, palette.isDark ? 0.7 : 0.4);
  canvas.add(
    stroke(
      [
        [x, surface(x) + height * 0.03],
        [x + (x - light.at[0] > 0 ? 1 : -1) * height * 0.7, surface(x) + height * 0.09],
      ],
      palette.near,
      height * 0.05,
      { opacity: 0.18 },
    ),
  );
  canvas.add(
    broadleaf(
      random,
      [x, surface(x) + height * 0.02],
      height,
      { trunk, crown, light: mix(crown, palette.glow, 0.6) },
      light.at[0] < x ? -1 : 1,
    ),
  );
}

/** Rolling hills with flowers before them. */
export function drawMeadow(stage: Stage): Setting {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("meadow");
  const { width, height, unit } = canvas;
  const horizon = height * random.between(0.52, 0.6);
  const light = placeLight(stage, horizon);
  drawSky(stage, horizon, light);
  drawBirds(stage, horizon);
  const colors = flowerColors(stage);
  const far = createHills(stage, "far", horizon + unit * 0.01, unit * 0.12, 1.5, 4);
  drawLand(stage, far, mix(layerColor(palette, 0.3), palette.sky[1], 0.25), 0.5);
  const second = createHills(stage, "second", horizon + unit * 0.06, unit * 0.12, 1.3, 3);
  drawLand(stage, second, landColor(stage, 0.42, 0.85), 0.35);
  drawConifers(stage, "second", second, unit * 0.045, 4, landColor(stage, 0.6, 0.55));
  drawMist(stage, "meadow", horizon + unit * 0.1, unit * 0.16, 0.5);
  const third = createHills(stage, "third", horizon + unit * 0.15, unit * 0.13, 1.05, 3);
  drawLand(stage, third, landColor(stage, 0.6, 0.95), 0.15, 0.3);
  drawField(stage, third, 0.45, colors, height * 0.8);
  const trees = stage.random.fork("hedge");
  for (let index = 0; index < 7; index += 1) {
    const x = width * trees.next();
    canvas.add(
      broadleaf(
        trees,
        [x, third(x) + unit * 0.004],
        unit * trees.between(0.05, 0.1),
        { trunk: layerColor(palette, 0.8), crown: landColor(stage, 0.72, 0.7), light: palette.glow },
        light.at[0] < x ? -1 : 1,
      ),
    );
  }
  const near = createHills(stage, "near", height * 0.82, unit * 0.1, 0.9, 2);
  drawLand(stage, near, landColor(stage, 0.8, 1), 0, 0.4);
  drawField(stage, near, 0.9, colors, height);
  const hasSubject = (["house", "castle", "cat", "dog", "robot"] as const).some((feature) => brief.has(feature));
  if (brief.has("bigTree") || (!hasSubject && random.chance(0.45))) {
    const x = width * (light.at[0] < width / 2 ? random.between(0.66, 0.8) : random.between(0.2, 0.34));
    drawLoneTree(stage, light, near, x, unit * (brief.has("bigTree") ? 0.5 : random.between(0.3, 0.4)));
  }
  drawGrass(stage, "near", near, unit * 0.03, landColor(stage, 0.9, 0.9));
  if (!brief.has("winter")) {
    drawFlowers(stage, (x) => near(x) + unit * 0.04);
  }
  return { light, ground: near };
}
