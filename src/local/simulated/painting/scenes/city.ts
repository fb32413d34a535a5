import type { Random } from "../../random.ts";
import { type Building, createSkyline, drawGlow } from "../buildings.ts";
import { circle, type Point, polygon, rectangle, rectangles, stroke } from "../canvas.ts";
import { drawMist } from "../clouds.ts";
import { type Color, lighten, mix } from "../color.ts";
import { layerColor } from "../palette.ts";
import { drawBirds, drawSky, placeLight } from "../sky.ts";
import type { Light, Setting, Stage, Surface } from "../stage.ts";

type Box = readonly [number, number, number, number];

/** The outline of a building with its roof. */
function outline({ x, width, top, roof }: Building, ground: number): Point[] {
  const [left, right, middle] = [x, x + width, x + width / 2];
  const roofs: Readonly<Record<Building["roof"], readonly Point[]>> = {
    flat: [
      [left, top],
      [right, top],
    ],
    tank: [
      [left, top],
      [left + width * 0.55, top],
      [left + width * 0.55, top - width * 0.18],
      [left + width * 0.85, top - width * 0.18],
      [left + width * 0.85, top],
      [right, top],
    ],
    step: [
      [left, top],
      [left + width * 0.16, top],
      [left + width * 0.16, top - width * 0.3],
      [left + width * 0.32, top - width * 0.3],
      [left + width * 0.32, top - width * 0.55],
      [right - width * 0.32, top - width * 0.55],
      [right - width * 0.32, top - width * 0.3],
      [right - width * 0.16, top - width * 0.3],
      [right - width * 0.16, top],
      [right, top],
    ],
    spire: [
      [left, top],
      [left + width * 0.2, top - width * 0.28],
      [middle - width * 0.03, top - width * 0.5],
      [middle, top - width * 1.7],
      [middle + width * 0.03, top - width * 0.5],
      [right - width * 0.2, top - width * 0.28],
      [right, top],
    ],
    slope: [
      [left, top],
      [right, top - width * 0.42],
    ],
  };
  return [[left, ground], ...roofs[roof], [right, ground]];
}

/** The lit windows of a building, in two colours of light. */
function litWindows(
  random: Random,
  { x, width, top }: Building,
  ground: number,
  size: number,
  share: number,
): { warm: Box[]; cool: Box[] } {
  const warm: Box[] = [];
  const cool: Box[] = [];
  const columns = Math.max(1, Math.floor((width * 0.8) / (size * 1.9)));
  const gap = (width * 0.8) / columns;
  const isOffice = random.chance(0.4);
  for (let y = top + size * 2.2; y < ground - size * 2; y += size * 2.7) {
    const isLitFloor = isOffice && random.chance(0.22);
    for (let column = 0; column < columns; column += 1) {
      if (isLitFloor || random.chance(share)) {
        const box: Box = [x + width * 0.1 + gap * (column + 0.5) - size * 0.5, y, size, size * 1.45];
        (random.chance(0.78) ? warm : cool).push(box);
      }
    }
  }
  return { warm, cool };
}

function drawRow(
  stage: Stage,
  name: string,
  ground: number,
  height: number,
  lot: number,
  color: Color,
  window: { size: number; share: number; opacity: number },
): Building[] {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork(`row/${name}`);
  const buildings = createSkyline(random, canvas.width, ground, height, lot, canvas.width * random.between(0.3, 0.7));
  const warm: Box[] = [];
  const cool: Box[] = [];
  for (const building of buildings) {
    const tint = mix(color, palette.sky[1], random.between(0, 0.14));
    const paint = canvas.linear(
      [0, building.top],
      [0, ground],
      [
        [0, tint],
        [1, mix(tint, palette.haze, name === "near" ? 0.06 : 0.4)],
      ],
    );
    canvas.add(polygon(outline(building, ground + canvas.unit * 0.02), paint));
    const side = building.width * 0.3;
    canvas.add(
      rectangle(building.x + building.width - side, building.top, side, ground - building.top, palette.near, {
        opacity: 0.14,
      }),
    );
    const lit = litWindows(random, building, ground, window.size, window.share);
    warm.push(...lit.warm);
    cool.push(...lit.cool);
  }
  const isNeon = brief.has("vivid");
  canvas.add(rectangles(warm, isNeon ? "#ff5fa8" : palette.accent, { opacity: window.opacity }));
  canvas.add(rectangles(cool, isNeon ? "#45e0ff" : mix("#d8ecff", palette.accent, 0.15), { opacity: window.opacity }));
  for (const building of buildings.filter(({ roof }) => roof === "spire")) {
    const tip: Point = [building.x + building.width / 2, building.top - building.width * 1.7];
    if (palette.isDark) {
      drawGlow(stage, tip, building.width * 0.4, "#ff5a4a", 0.8);
      canvas.add(circle(tip, Math.max(0.6, building.width * 0.035), "#ffb0a0"));
    }
  }
  return buildings;
}

/** The river before the city: its image, and streaks of the light of its windows. */
function drawRiver(stage: Stage, light: Light, y: number, buildings: readonly Building[]): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("river");
  const depth = canvas.height - y;
  const deep = mix(palette.sky[0], palette.near, 0.55);
  canvas.add(
    rectangle(
      0,
      y,
      canvas.width,
      depth,
      canvas.linear(
        [0, y],
        [0, canvas.height],
        [
          [0, mix(palette.sky[3], palette.sky[1], 0.45)],
          [0.4, mix(palette.sky[1], deep, 0.4)],
          [1, deep],
        ],
      ),
    ),
  );
  const image = canvas.linear(
    [0, y],
    [0, y + depth * 0.9],
    [
      [0, layerColor(palette, 0.95), 0.92],
      [1, layerColor(palette, 0.9), 0.1],
    ],
  );
  for (const building of buildings) {
    const tall = Math.min(depth * 0.95, (y - building.top) * 0.55);
    canvas.add(rectangle(building.x, y, building.width, tall, image));
  }
  const colors = brief.has("vivid")
    ? (["#ff5fa8", "#45e0ff", "#b06bff"] as const)
    : ([palette.accent, palette.accent, "#cfe4ff"] as const);
  const streaks = palette.isDark ? 44 : 14;
  for (let index = 0; index < streaks; index += 1) {
    const x = random.between(0, canvas.width);
    const color = random.pick(colors);
    const length = depth * random.between(0.25, 0.85);
    const wide = canvas.unit * random.between(0.004, 0.012);
    const paint = canvas.linear(
      [0, y],
      [0, y + length],
      [
        [0, color, 0.5],
        [1, color, 0],
      ],
    );
    canvas.add(rectangle(x, y, wide, length, paint, { opacity: random.between(0.35, 0.9) }));
  }
  const ripples = canvas.unit < 128 ? 20 : 110;
  for (let index = 0; index < ripples; index += 1) {
    const near = random.next() ** 1.4;
    const down = y + depth * near;
    const isPath = index % 3 === 0;
    const x = isPath
      ? light.at[0] + random.between(-1, 1) * canvas.unit * (0.03 + 0.08 * near)
      : random.between(0, canvas.width);
    const length = canvas.unit * (0.01 + 0.05 * near) * random.between(0.4, 1.2);
    const color = isPath
      ? mix(palette.disc, palette.glow, 0.4)
      : random.chance(0.5)
        ? deep
        : lighten(palette.sky[2], 0.04);
    canvas.add(
      stroke(
        [
          [x - length, down],
          [x + length, down],
        ],
        color,
        Math.max(0.5, canvas.unit * (0.001 + 0.0022 * near)),
        { opacity: isPath ? random.between(0.3, 0.75) : 0.28 },
      ),
    );
  }
}

/** A bridge of two towers and hanging cables across the water. */
function drawBridge(stage: Stage, y: number, color: Color): void {
  const { canvas, palette } = stage;
  const { width, unit } = canvas;
  const deck = y - unit * 0.035;
  const tall = unit * 0.15;
  const towers = [width * 0.28, width * 0.72];
  const span = width * 0.44;
  const cable: Point[] = [];
  for (let x = -width * 0.16; x <= width * 1.16; x += width / 60) {
    const nearest = Math.round((x - width * 0.28) / span) * span + width * 0.28;
    const sag = 1 - Math.abs(x - nearest) / (span / 2);
    cable.push([x, deck - tall * Math.max(0.06, sag ** 2)]);
  }
  canvas.add(stroke(cable, color, unit * 0.0035));
  for (const [x, top] of cable) {
    canvas.add(
      stroke(
        [
          [x, top],
          [x, deck],
        ],
        color,
        unit * 0.0012,
        { opacity: 0.8 },
      ),
    );
  }
  canvas.add(rectangle(0, deck, width, unit * 0.012, color));
  for (const x of towers) {
    canvas.add(
      rectangles(
        [
          [x - unit * 0.013, deck - tall, unit * 0.008, tall + unit * 0.05],
          [x + unit * 0.005, deck - tall, unit * 0.008, tall + unit * 0.05],
          [x - unit * 0.013, deck - tall * 0.55, unit * 0.026, unit * 0.007],
          [x - unit * 0.013, deck - tall, unit * 0.026, unit * 0.007],
        ],
        color,
      ),
    );
  }
  if (palette.isDark) {
    for (let x = width * 0.03; x < width; x += width / 18) {
      canvas.add(circle([x, deck - unit * 0.006], Math.max(0.5, unit * 0.0028), palette.accent));
    }
  }
}

/** The roof that we look from, for whoever sits on it. */
function drawRooftop(stage: Stage): Surface {
  const { canvas, palette } = stage;
  const top = canvas.height * 0.9;
  const color = mix(palette.near, palette.sky[0], 0.12);
  canvas.add(rectangle(0, top, canvas.width, canvas.height - top, color));
  canvas.add(
    rectangle(0, top - canvas.unit * 0.012, canvas.width, canvas.unit * 0.026, mix(color, palette.sky[2], 0.16)),
  );
  const chimney = canvas.width * (stage.random.fork("roof").chance(0.5) ? 0.1 : 0.82);
  canvas.add(rectangle(chimney, top - canvas.unit * 0.13, canvas.unit * 0.085, canvas.unit * 0.14, color));
  canvas.add(
    rectangle(
      chimney - canvas.unit * 0.008,
      top - canvas.unit * 0.14,
      canvas.unit * 0.101,
      canvas.unit * 0.02,
      mix(color, palette.sky[2], 0.12),
    ),
  );
  return () => top - canvas.unit * 0.01;
}

/** A skyline in three rows with lit windows, over a river with its image, or seen from a roof. */
export function drawCity(stage: Stage): Setting {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("city");
  const { height, unit } = canvas;
  const isFromRoof = brief.has("cat") || brief.has("dog") || brief.has("robot");
  const ground = height * (isFromRoof ? 0.93 : random.between(0.7, 0.76));
  const light = placeLight(stage, ground * 0.82);
  drawSky(stage, ground, light);
  drawBirds(stage, ground * 0.7);
  if (palette.isDark) {
    // The light of the streets on the air above them.
    const glow = canvas.linear(
      [0, ground - unit * 0.5],
      [0, ground],
      [
        [0, palette.accent, 0],
        [1, mix(palette.accent, palette.sky[3], 0.4), 0.5],
      ],
    );
    canvas.add(rectangle(0, ground - unit * 0.5, canvas.width, unit * 0.5, glow));
  }
  const share =
    palette.time === "night" ? 0.34 : palette.time === "dusk" ? 0.28 : palette.time === "sunset" ? 0.12 : 0.05;
  const tall = Math.min(height * 0.62, unit * 0.8);
  drawRow(stage, "far", ground, tall * 0.82, unit * 0.06, layerColor(palette, 0.28), {
    size: Math.max(0.8, unit * 0.0035),
    share: share * 0.5,
    opacity: 0.35,
  });
  drawMist(stage, "far", ground - tall * 0.12, tall * 0.4, 0.6);
  drawRow(stage, "middle", ground, tall * 0.7, unit * 0.085, layerColor(palette, 0.56), {
    size: Math.max(0.9, unit * 0.005),
    share: share * 0.8,
    opacity: 0.65,
  });
  drawMist(stage, "middle", ground, tall * 0.3, 0.55);
  const near = drawRow(stage, "near", ground, tall * 0.52, unit * 0.11, layerColor(palette, 0.88), {
    size: Math.max(1, unit * 0.0068),
    share,
    opacity: 0.95,
  });
  if (isFromRoof) {
    return { light, ground: drawRooftop(stage) };
  }
  drawRiver(stage, light, ground, near);
  if (random.chance(0.4)) {
    drawBridge(stage, ground + unit * 0.02, mix(palette.near, palette.sky[1], 0.2));
  }
  return { light, ground: undefined };
}
