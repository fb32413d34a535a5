import type { Random } from "../../random.ts";
import { type Point, path, polygon, short, stroke } from "../canvas.ts";
import { type Color, lighten, mix } from "../color.ts";
import { createNoise } from "../noise.ts";
import { layerColor } from "../palette.ts";
import { drawBirds, drawSky, placeLight } from "../sky.ts";
import type { Light, Setting, Stage, Surface } from "../stage.ts";
import { columnsOf, createHills, createRange, drawLand } from "../terrain.ts";

interface Sand {
  readonly lit: Color;
  readonly shade: Color;
}

/** One dune: a slope in the sun, a crest that winds down to its foot, and the slope behind it in the shade. */
function drawDune(stage: Stage, light: Light, random: Random, [x, y]: Point, half: number, sand: Sand): void {
  const { canvas, palette } = stage;
  const tall = half * random.between(0.3, 0.42);
  const side = light.at[0] < x ? 1 : -1;
  const at = (across: number, up: number) => `${short(x + side * across * half)} ${short(y - up * tall)}`;
  const foot = -random.between(0.5, 0.9);
  const fade = (color: Color, opacity: number) =>
    canvas.linear(
      [0, y - tall],
      [0, y + tall * 0.75],
      [
        [0, color, opacity],
        [0.55, color, opacity * 0.9],
        [1, color, 0],
      ],
    );
  const back = `Q${at(0.5, 0.28)} ${at(1.15, -0.1)}`;
  canvas.add(
    path(
      `M${at(-1.5, -0.1)}C${at(-0.8, 0.05)} ${at(-0.45, 0.85)} ${at(0, 1)}${back}L${at(1.1, -0.75)}L${at(-1.5, -0.75)}Z`,
      fade(sand.lit, 1),
    ),
  );
  canvas.add(
    path(
      `M${at(0, 1)}${back}L${at(0.9, -0.75)}L${at(0.1, foot)}C${at(0.62, -0.2)} ${at(-0.34, 0.35)} ${at(0, 1)}Z`,
      fade(sand.shade, 0.6),
    ),
  );
  canvas.add(
    path(
      `M${at(-0.9, 0.16)}C${at(-0.55, 0.45)} ${at(-0.35, 0.9)} ${at(0, 1)}C${at(-0.34, 0.35)} ${at(0.62, -0.2)} ${at(0.1, foot)}`,
      "none",
      {
        opacity: 0.5,
        more: `stroke="${mix(sand.lit, palette.disc, 0.5)}" stroke-width="${short(Math.max(0.6, canvas.unit * 0.0018))}"`,
      },
    ),
  );
}

/** A field of dunes from `y` on, on rolling sand, with the ripples that the wind left. */
function drawDunes(stage: Stage, light: Light, name: string, y: number, size: number, sand: Sand): Surface {
  const { canvas, palette } = stage;
  const random = stage.random.fork(`dunes/${name}`);
  const surface = createHills(stage, `dunes/${name}`, y, size * 0.22, canvas.unit / size / 2.4, 2);
  drawLand(stage, surface, sand.lit, 0.1, 0.5);
  const count = Math.max(2, Math.round(canvas.width / size));
  for (let index = 0; index < count; index += 1) {
    const x = canvas.width * ((index + random.between(0.1, 0.9)) / count);
    drawDune(
      stage,
      light,
      random,
      [x, surface(x) + size * random.between(0.02, 0.16)],
      size * random.between(0.55, 0.85),
      sand,
    );
  }
  const noise = createNoise(`${stage.seed}/ripples/${name}`, 3, 0.5);
  for (let row = 0; row < 8; row += 1) {
    const down = size * (0.22 + row * 0.07);
    const line = columnsOf(canvas.width)
      .filter((_, index) => index % 3 === 0)
      .map((x): Point => [x, surface(x) + down + (noise((x / size) * 2 + row * 5) - 0.5) * size * 0.12]);
    canvas.add(
      stroke(line, mix(sand.shade, palette.near, 0.2), Math.max(0.5, canvas.unit * 0.0013), { opacity: 0.14 }),
    );
  }
  return surface;
}

function drawCactus(stage: Stage, random: Random, [x, y]: Point, height: number, light: Light): void {
  const { canvas, palette } = stage;
  const body = mix(mix("#3f7050", palette.foliage, 0.4), palette.near, palette.isDark ? 0.75 : 0.45);
  const edge = mix(body, palette.glow, 0.4);
  const wide = height * 0.15;
  const arm = (side: number, rise: number, length: number): Point[] => [
    [x, y - height * rise],
    [x + side * height * 0.2, y - height * rise],
    [x + side * height * 0.2, y - height * (rise + length)],
  ];
  const parts = [
    [
      [x, y],
      [x, y - height],
    ],
    arm(-1, random.between(0.3, 0.42), random.between(0.22, 0.36)),
    ...(random.chance(0.75) ? [arm(1, random.between(0.42, 0.55), random.between(0.18, 0.3))] : []),
  ] as Point[][];
  const side = light.at[0] < x ? -1 : 1;
  parts.forEach((points, index) => {
    const width = index === 0 ? wide : wide * 0.72;
    canvas.add(stroke(points, body, width));
    canvas.add(
      stroke(
        points.map(([px, py]): Point => [px + side * width * 0.26, py]),
        edge,
        width * 0.16,
        { opacity: 0.5 },
      ),
    );
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
    canvas.add(
      polygon(
        [
          [x, top],
          [x - half, y + half * 0.1],
          [ridge, y + half * 0.16],
        ],
        isLitLeft ? lighten(stone, 0.04) : dark,
      ),
    );
    canvas.add(
      polygon(
        [
          [x, top],
          [ridge, y + half * 0.16],
          [x + half, y + half * 0.1],
        ],
        isLitLeft ? dark : lighten(stone, 0.04),
      ),
    );
  });
}

/** Flat-topped rocks at the horizon. */
function drawMesas(stage: Stage, y: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork("mesas");
  const color = mix(layerColor(palette, 0.34), "#a8553a", palette.isDark ? 0.12 : 0.3);
  for (let index = 0; index < 4; index += 1) {
    const [x, half, tall] = [
      canvas.width * random.between(0, 1),
      canvas.unit * random.between(0.04, 0.14),
      canvas.unit * random.between(0.07, 0.2),
    ];
    const paint = canvas.linear(
      [x - half, 0],
      [x + half, 0],
      [
        [0, color],
        [0.5, mix(color, palette.glow, 0.15)],
        [1, mix(color, palette.near, 0.3)],
      ],
    );
    canvas.add(
      path(
        `M${short(x - half * 1.5)} ${short(y + 4)}Q${short(x - half * 1.02)} ${short(y - tall * 0.45)} ${short(x - half)} ${short(y - tall)}L${short(x - half * 0.3)} ${short(y - tall * 1.03)}L${short(x + half * 0.4)} ${short(y - tall * 0.98)}L${short(x + half)} ${short(y - tall)}Q${short(x + half * 1.04)} ${short(y - tall * 0.45)} ${short(x + half * 1.6)} ${short(y + 4)}Z`,
        paint,
      ),
    );
  }
}

/** Dunes in the low sun, with cacti, table mountains or pyramids. */
export function drawDesert(stage: Stage): Setting {
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
    createRange(stage, light, "rocks", horizon + unit * 0.03, unit * 0.17, 6).draw(
      mix(layerColor(palette, 0.34), "#a8553a", 0.2),
      undefined,
    );
  }
  const sandAt = (distance: number): Sand => ({
    lit: mix(mix(sand, shade, Math.max(0, 0.2 - 0.5 * distance)), palette.haze, distance),
    shade: mix(shade, palette.haze, distance),
  });
  drawDunes(stage, light, "far", horizon + unit * 0.05, unit * 0.3, sandAt(0.45));
  drawDunes(stage, light, "middle", horizon + unit * 0.13, unit * 0.5, sandAt(0.2));
  const near = drawDunes(stage, light, "near", height * 0.84, unit * 0.66, sandAt(0));
  if (!brief.has("pyramid")) {
    const count = random.integer(1, 3);
    const side = random.chance(0.5) ? 0.14 : 0.84;
    for (let index = 0; index < count; index += 1) {
      const x =
        width * Math.min(0.95, Math.max(0.05, index === 0 ? side : 1 - side + random.between(-0.12, 0.12) * index));
      drawCactus(
        stage,
        random,
        [x, near(x) + unit * 0.03],
        unit * (index === 0 ? random.between(0.24, 0.32) : random.between(0.09, 0.15)),
        light,
      );
    }
  }
  return { light, ground: near };
}
