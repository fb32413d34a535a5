import { type Point, polygon, rectangle, stroke } from "../canvas.ts";
import { drawMist } from "../clouds.ts";
import { lighten, mix } from "../color.ts";
import { layerColor } from "../palette.ts";
import { drawBirds, drawSky, placeLight } from "../sky.ts";
import type { Light, Setting, Stage, Surface } from "../stage.ts";
import { createHills, createRange, drawConifers, drawLand, landColor } from "../terrain.ts";

/** Still water from `y` down: the sky upside down, the dark of the shore, and streaks of light. */
function drawLake(stage: Stage, light: Light, y: number, range: Surface, base: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork("lake");
  const bottom = canvas.height;
  const deep = mix(palette.sky[0], palette.near, 0.3);
  const water = canvas.linear(
    [0, y],
    [0, bottom],
    [
      [0, mix(palette.sky[3], palette.sky[2], 0.25)],
      [0.4, mix(palette.sky[2], palette.sky[1], 0.5)],
      [1, deep],
    ],
  );
  canvas.add(rectangle(0, y, canvas.width, bottom - y, water));
  const mirror: Point[] = [];
  for (let x = 0; x <= canvas.width; x += canvas.width / 160) {
    mirror.push([x, y + (base - range(x)) * 0.62]);
  }
  const image = canvas.linear(
    [0, y],
    [0, y + canvas.unit * 0.34],
    [
      [0, mix(layerColor(palette, 0.7), palette.sky[1], 0.3), 0.8],
      [1, mix(layerColor(palette, 0.4), palette.sky[1], 0.5), 0.1],
    ],
  );
  canvas.add(polygon([[0, y], ...mirror, [canvas.width, y]], image));
  const shine = lighten(mix(palette.glow, palette.disc, 0.4), 0.02);
  const [lightX] = light.at;
  for (let index = 0; index < 46; index += 1) {
    const depth = random.next() ** 1.5;
    const down = y + (bottom - y) * depth;
    const length = canvas.unit * (0.012 + 0.07 * depth) * random.between(0.5, 1.5);
    const isPath = index % 2 === 0;
    const x = isPath
      ? lightX + random.between(-1, 1) * canvas.unit * (0.02 + 0.12 * depth)
      : random.between(0, canvas.width);
    canvas.add(
      stroke(
        [
          [x - length, down],
          [x + length, down],
        ],
        shine,
        Math.max(0.5, canvas.unit * (0.0012 + 0.0022 * depth)),
        { opacity: isPath ? random.between(0.3, 0.7) : random.between(0.06, 0.22) },
      ),
    );
  }
}

/** Ranges behind ranges, mist between them, and firs in front; a lake where one is wanted or the seed likes one. */
export function drawMountains(stage: Stage): Setting {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("mountains");
  const hasLake = brief.has("lake") || random.chance(0.35);
  const horizon = canvas.height * (hasLake ? 0.66 : 0.72);
  const light = placeLight(stage, horizon * 0.9);
  drawSky(stage, horizon, light);
  drawBirds(stage, horizon * 0.8);

  const rise = Math.min(canvas.unit, canvas.height * 0.9);
  const slopes = Math.max(2, Math.round((canvas.width / rise) * 3));
  const far = createRange(stage, light, "far", horizon - rise * 0.06, rise * random.between(0.24, 0.32), slopes + 2);
  const main = createRange(stage, light, "main", horizon, rise * random.between(0.42, 0.52), slopes);
  far.draw(layerColor(palette, 0.16), mix(palette.snow, palette.haze, 0.4));
  drawMist(stage, "far", horizon - rise * 0.1, rise * 0.2, 0.7);
  main.draw(mix(layerColor(palette, 0.55), palette.sky[0], 0.25), palette.snow);
  drawMist(stage, "main", horizon - rise * 0.03, rise * 0.2, 0.85);

  const foothills = createHills(stage, "foothills", horizon + rise * 0.01, rise * 0.12, 2.2, 4);
  drawLand(stage, foothills, landColor(stage, 0.5, 0.55), 0.4);
  drawConifers(stage, "foothills", foothills, rise * 0.045, 5, landColor(stage, 0.62, 0.4));
  const shore = hasLake ? canvas.height * 0.76 : canvas.height * 0.84;
  const middle = createHills(
    stage,
    "middle",
    hasLake ? shore - rise * 0.02 : canvas.height * 0.82,
    rise * 0.08,
    1.7,
    4,
  );
  drawLand(stage, middle, landColor(stage, 0.7, 0.5), 0.2);
  drawConifers(stage, "middle", middle, rise * 0.085, 4.5, landColor(stage, 0.8, 0.3));
  if (hasLake) {
    drawLake(stage, light, shore, main.surface, horizon);
  } else {
    drawMist(stage, "near", canvas.height * 0.85, rise * 0.16, 0.5);
  }
  const near = createHills(stage, "near", canvas.height * (hasLake ? 0.985 : 0.93), rise * 0.09, 1.1, 3);
  const open = random.between(0.3, 0.7) * canvas.width;
  drawConifers(
    stage,
    "near",
    near,
    rise * 0.27,
    5,
    layerColor(palette, 0.97),
    (x) => Math.abs(x - open) > canvas.width * 0.27,
  );
  drawLand(stage, near, landColor(stage, 1, 0.12), 0);
  return { light, ground: near };
}
