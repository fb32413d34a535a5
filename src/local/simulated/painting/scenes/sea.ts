import type { Random } from "../../random.ts";
import { drawHouse, drawLighthouse } from "../buildings.ts";
import { drawMist } from "../clouds.ts";
import { type Cliff, drawBeach, drawCliff, drawHeadland, drawPalm } from "../coast.ts";
import { drawBirds, drawSky, placeLight } from "../sky.ts";
import type { Light, Setting, Stage, Surface } from "../stage.ts";
import { drawBoat, drawSea } from "../water.ts";

/** Which side of the picture the sun or the moon is on: -1 for the left, 1 for the right. */
function sideOf(stage: Stage, light: Light): number {
  return light.at[0] < stage.canvas.width / 2 ? -1 : 1;
}

/** Whether a boat is wanted, or nothing speaks against one and the seed likes it. */
function wantsBoat({ brief }: Stage, random: Random): boolean {
  if (brief.has("boat")) {
    return true;
  }
  const hasFigure = brief.has("cat") || brief.has("dog") || brief.has("robot");
  return !hasFigure && !brief.rejects("boat") && random.chance(brief.has("lighthouse") ? 0.55 : 0.7);
}

/** A boat before us where it is what the picture is about, else one far out. */
function addBoat(stage: Stage, random: Random, light: Light, horizon: number): void {
  const { width, height, unit } = stage.canvas;
  const hasLighthouse = stage.brief.has("lighthouse");
  const isMain = stage.brief.has("boat") && !hasLighthouse;
  const across = hasLighthouse ? 0.5 + sideOf(stage, light) * random.between(0.12, 0.3) : random.between(0.25, 0.75);
  const near = isMain ? random.between(0.3, 0.42) : random.between(0.1, 0.2);
  const size = unit * (isMain ? random.between(0.26, 0.32) : random.between(0.06, 0.1));
  drawBoat(stage, light, [width * across, horizon + (height - horizon) * near], size);
}

/** The lighthouse with its keeper's house, on a cliff across from the light. */
function addLighthouse(stage: Stage, random: Random, light: Light, horizon: number): Cliff {
  const { width, height, unit } = stage.canvas;
  const side = -sideOf(stage, light);
  const reach = Math.min(width * 0.62, unit * 0.72);
  const top = horizon + unit * random.between(-0.02, 0.05);
  const cliff = drawCliff(stage, light, side, reach, top, horizon + (height - horizon) * 0.62);
  const [x, y] = cliff.top;
  const house = x + side * unit * random.between(0.13, 0.16);
  if (unit >= 128 && !stage.brief.rejects("house")) {
    drawHouse(stage, light, [house, cliff.surface(house) + unit * 0.012], unit * 0.13);
  }
  drawLighthouse(stage, light, [x, y + unit * 0.01], Math.min(unit * 0.62, y * 0.86));
  return cliff;
}

function addPalms(stage: Stage, random: Random, light: Light, beach: Surface): void {
  const { width, unit } = stage.canvas;
  const side = sideOf(stage, light);
  const x = width * (side < 0 ? random.between(0.78, 0.9) : random.between(0.1, 0.22));
  drawPalm(stage, "tall", [x, beach(x) + unit * 0.03], unit * random.between(0.5, 0.62), side);
  const small = x - side * unit * 0.09;
  drawPalm(stage, "small", [small, beach(x) + unit * 0.05], unit * random.between(0.32, 0.42), -side);
}

/** The open sea: with a lighthouse on a cliff, a boat, or a beach, as the prompt or the seed has it. */
export function drawSeascape(stage: Stage): Setting {
  const { canvas, brief } = stage;
  const random = stage.random.fork("seascape");
  const { height, unit } = canvas;
  const horizon = height * random.between(0.57, 0.63);
  const light = placeLight(stage, horizon);
  drawSky(stage, horizon, light);
  drawHeadland(stage, "far", horizon, unit * random.between(0.05, 0.11), 0.22);
  drawHeadland(stage, "near", horizon, unit * random.between(0.04, 0.09), 0.38);
  drawBirds(stage, horizon);
  drawSea(stage, light, horizon);
  drawMist(stage, "sea", horizon, unit * 0.1, 0.55);
  if (wantsBoat(stage, random)) {
    addBoat(stage, random, light, horizon);
  }
  if (brief.has("lighthouse")) {
    return { light, ground: addLighthouse(stage, random, light, horizon).surface };
  }
  const needsBeach = (["beach", "house", "castle", "cat", "dog", "robot"] as const).some((feature) =>
    brief.has(feature),
  );
  if (!needsBeach && !random.chance(0.4)) {
    return { light, ground: undefined };
  }
  const beach = drawBeach(stage);
  if (brief.has("beach") && !brief.has("winter")) {
    addPalms(stage, random, light, beach);
  }
  return { light, ground: beach };
}
