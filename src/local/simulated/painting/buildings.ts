import type { Random } from "../random.ts";
import { circle, ellipse, type Point, path, polygon, rectangle, rectangles, short } from "./canvas.ts";
import { type Color, fromPolar, lighten, mix } from "./color.ts";
import type { Light, Stage } from "./stage.ts";

/** Paint across something round, lighter on the side of the sun. */
function roundPaint(stage: Stage, light: Light, x: number, half: number, color: Color): string {
  const { canvas, palette } = stage;
  const lit = mix(color, palette.glow, palette.isDark ? 0.28 : 0.35);
  const shaded = mix(color, palette.near, palette.isDark ? 0.6 : 0.42);
  const [left, right] = light.at[0] < x ? [lit, shaded] : [shaded, lit];
  return canvas.linear(
    [x - half, 0],
    [x + half, 0],
    [
      [0, left],
      [0.45, color],
      [1, right],
    ],
  );
}

/** A soft shine around a lamp. */
export function drawGlow(stage: Stage, at: Point, radius: number, color: Color, opacity: number): void {
  const paint = stage.canvas.radial(at, radius, [
    [0, color, opacity],
    [0.2, color, opacity * 0.5],
    [0.45, color, opacity * 0.18],
    [0.7, color, opacity * 0.04],
    [1, color, 0],
  ]);
  stage.canvas.add(circle(at, radius, paint));
}

/** The two beams of a lamp, to the left and to the right, fading with the distance. */
function drawBeams(stage: Stage, lamp: Point, length: number): void {
  const { canvas, palette } = stage;
  const strength = palette.isDark ? 0.5 : 0.16;
  const paint = canvas.radial(lamp, length, [
    [0, "#fff3c9", strength],
    [0.25, "#ffeab0", strength * 0.5],
    [1, "#ffe3a0", 0],
  ]);
  const tilt = stage.random.fork("beam").between(-0.05, 0.07);
  for (const side of [1, -1]) {
    for (const spread of [0.035, 0.075]) {
      const reach = lamp[0] + side * length;
      canvas.add(
        polygon(
          [
            lamp,
            [reach, lamp[1] - length * (spread + tilt * side)],
            [reach, lamp[1] + length * (spread - tilt * side)],
          ],
          paint,
        ),
      );
    }
  }
}

/** A striped tower with a lit lantern, standing on `base`. */
export function drawLighthouse(stage: Stage, light: Light, [x, y]: Point, height: number): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("lighthouse");
  const isLit = palette.time !== "day";
  const [bottom, top] = [height * 0.1, height * 0.062];
  const deck = y - height * 0.78;
  const lamp: Point = [x, y - height * 0.85];
  const body = mix("#f5efe4", palette.sky[2], palette.isDark ? 0.38 : 0.1);
  const [hue] = brief.hues;
  const stripeBase =
    hue === undefined
      ? random.pick(["#c23b34", "#c23b34", "#2f5d8c", "#2d2f3a"])
      : fromPolar({ lightness: 0.52, chroma: 0.15, hue });
  const stripe = mix(brief.has("monochrome") ? "#33343a" : stripeBase, palette.near, palette.isDark ? 0.35 : 0.06);
  const at = (amount: number) => ({ half: bottom + (top - bottom) * amount, down: y - (y - deck) * amount });
  if (isLit) {
    drawBeams(stage, lamp, Math.max(canvas.width, canvas.unit) * 0.95);
  }
  canvas.add(
    polygon(
      [
        [x - bottom, y + height * 0.015],
        [x - top, deck],
        [x + top, deck],
        [x + bottom, y + height * 0.015],
      ],
      roundPaint(stage, light, x, bottom, body),
    ),
  );
  const bands = random.integer(2, 3);
  const paint = roundPaint(stage, light, x, bottom, stripe);
  for (let band = 0; band < bands; band += 1) {
    const [low, high] = [at((band * 2 + 0.9) / (bands * 2 + 0.4)), at((band * 2 + 1.9) / (bands * 2 + 0.4))];
    canvas.add(
      path(
        `M${short(x - low.half)} ${short(low.down)}Q${short(x)} ${short(low.down + low.half * 0.3)} ${short(x + low.half)} ${short(low.down)}L${short(x + high.half)} ${short(high.down)}Q${short(x)} ${short(high.down + high.half * 0.3)} ${short(x - high.half)} ${short(high.down)}Z`,
        paint,
      ),
    );
  }
  const windowColor = isLit ? palette.accent : mix(palette.near, body, 0.3);
  canvas.add(
    rectangles(
      [0.2, 0.5, 0.8].map((amount) => [x - height * 0.009, at(amount).down, height * 0.018, height * 0.034]),
      windowColor,
    ),
  );

  const dark = mix("#1d1f29", palette.near, 0.5);
  const wide = top * 1.45;
  canvas.add(
    rectangle(
      x - top * 0.72,
      deck - height * 0.11,
      top * 1.44,
      height * 0.11,
      isLit ? "#ffedb5" : mix("#cfe3ea", palette.sky[2], 0.3),
    ),
  );
  canvas.add(
    rectangles(
      [-0.72, -0.28, 0.2, 0.62].map((shift) => [x + top * shift, deck - height * 0.11, top * 0.1, height * 0.11]),
      dark,
    ),
  );
  canvas.add(rectangle(x - wide, deck - height * 0.012, wide * 2, height * 0.022, dark));
  canvas.add(rectangle(x - wide, deck - height * 0.045, wide * 2, height * 0.006, dark));
  canvas.add(
    rectangles(
      Array.from({ length: 9 }, (_, index) => [
        x - wide + (index * wide * 2) / 8 - height * 0.002,
        deck - height * 0.045,
        height * 0.004,
        height * 0.04,
      ]),
      dark,
    ),
  );
  canvas.add(
    path(
      `M${short(x - top * 0.92)} ${short(deck - height * 0.108)}Q${short(x - top * 0.6)} ${short(deck - height * 0.185)} ${short(x)} ${short(deck - height * 0.19)}Q${short(x + top * 0.6)} ${short(deck - height * 0.185)} ${short(x + top * 0.92)} ${short(deck - height * 0.108)}Z`,
      roundPaint(stage, light, x, top, stripe),
    ),
  );
  canvas.add(rectangle(x - height * 0.003, deck - height * 0.225, height * 0.006, height * 0.04, dark));
  canvas.add(circle([x, deck - height * 0.195], height * 0.009, dark));
  if (isLit) {
    drawGlow(stage, lamp, height * 0.42, "#fff0bf", palette.isDark ? 0.85 : 0.4);
    canvas.add(ellipse(lamp, top * 0.42, height * 0.03, "#ffffff"));
  }
}

/** A small house with a gable and lit windows, `width` pixels wide, its floor at `y`. */
export function drawHouse(stage: Stage, light: Light, [x, y]: Point, width: number): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork(`house/${Math.round(x)}`);
  const isLit = palette.isDark || palette.time === "sunset";
  const height = width * 0.5;
  const wallBase = random.pick(["#e9dcc6", "#b9573f", "#d9c7a8", "#8a5a3c"]);
  const wall = mix(wallBase, palette.near, palette.isDark ? 0.66 : 0.18);
  const roof = brief.has("winter") ? palette.snow : mix("#4b2f2f", palette.near, palette.isDark ? 0.55 : 0.25);
  const half = width / 2;
  const isLitLeft = light.at[0] < x;
  const front = x - half + width * 0.4;
  const gable: Point[] = [
    [x - half, y],
    [x - half, y - height * 0.8],
    [x - half + width * 0.2, y - height * 1.45],
    [front, y - height * 0.8],
    [front, y],
  ];
  canvas.add(
    polygon(
      [
        [front, y],
        [front, y - height * 0.8],
        [x + half, y - height * 0.8],
        [x + half, y],
      ],
      isLitLeft ? mix(wall, palette.near, 0.4) : lighten(wall, 0.04),
    ),
  );
  canvas.add(polygon(gable, isLitLeft ? lighten(wall, 0.05) : mix(wall, palette.near, 0.35)));
  const chimney = x + half * 0.45;
  canvas.add(rectangle(chimney, y - height * 1.6, width * 0.075, height * 0.5, mix(wall, palette.near, 0.6)));
  canvas.add(
    polygon(
      [
        [x - half + width * 0.2, y - height * 1.5],
        [x + half - width * 0.14, y - height * 1.5],
        [x + half + width * 0.05, y - height * 0.74],
        [front + width * 0.02, y - height * 0.74],
      ],
      roof,
    ),
  );
  canvas.add(
    path(
      `M${short(x - half - width * 0.04)} ${short(y - height * 0.72)}L${short(x - half + width * 0.2)} ${short(y - height * 1.5)}L${short(front + width * 0.04)} ${short(y - height * 0.72)}`,
      "none",
      { more: `stroke="${mix(roof, palette.near, 0.2)}" stroke-width="${short(width * 0.035)}"` },
    ),
  );
  const pane = isLit ? palette.accent : mix(palette.sky[1], palette.near, 0.35);
  const size = width * 0.09;
  canvas.add(
    rectangles(
      [
        [x - half + width * 0.155, y - height * 0.92, size, size * 1.2],
        [x + width * 0.02, y - height * 0.56, size, size * 1.2],
        [x + width * 0.24, y - height * 0.56, size, size * 1.2],
      ],
      pane,
    ),
  );
  canvas.add(
    rectangle(x - half + width * 0.14, y - height * 0.5, size * 1.3, height * 0.5, mix(palette.near, "#3a2418", 0.5)),
  );
  if (isLit) {
    drawGlow(stage, [x + width * 0.12, y - height * 0.45], width * 0.55, palette.accent, 0.35);
  }
}

/** A castle of four towers on `y`, in the shadow of the hour, with lit windows. */
export function drawCastle(stage: Stage, light: Light, [x, y]: Point, width: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork("castle");
  const stone = mix(mix("#8a8390", palette.haze, 0.3), palette.near, palette.isDark ? 0.62 : 0.32);
  const roof = mix("#7a3644", palette.near, palette.isDark ? 0.55 : 0.22);
  const windows: [number, number, number, number][] = [];
  const tower = (shift: number, half: number, height: number, isPointed: boolean) => {
    const [center, top] = [x + shift * width, y - height * width];
    const wide = half * width;
    canvas.add(
      rectangle(center - wide, top, wide * 2, y - top + width * 0.1, roundPaint(stage, light, center, wide, stone)),
    );
    canvas.add(
      rectangles(
        [-1.18, -0.45, 0.28, 0.86].map((part) => [center + part * wide, top - wide * 0.36, wide * 0.34, wide * 0.4]),
        stone,
      ),
    );
    canvas.add(rectangle(center - wide * 1.18, top, wide * 2.38, wide * 0.3, mix(stone, palette.near, 0.25)));
    if (isPointed) {
      canvas.add(
        polygon(
          [
            [center - wide * 1.28, top - wide * 0.1],
            [center, top - wide * 3.4],
            [center + wide * 1.28, top - wide * 0.1],
          ],
          roundPaint(stage, light, center, wide * 1.2, roof),
        ),
      );
      canvas.add(
        polygon(
          [
            [center, top - wide * 3.9],
            [center + wide * 0.9, top - wide * 3.65],
            [center, top - wide * 3.4],
          ],
          palette.accent,
        ),
      );
    }
    for (let down = top + wide * 0.9; down < y - wide * 1.2; down += wide * 1.5) {
      if (random.chance(0.7)) {
        windows.push([center - wide * 0.13, down, wide * 0.26, wide * 0.55]);
      }
    }
  };
  tower(-0.16, 0.075, 0.78, true);
  tower(0.2, 0.065, 0.62, true);
  canvas.add(
    rectangle(
      x - width * 0.4,
      y - width * 0.26,
      width * 0.8,
      width * 0.34,
      canvas.linear(
        [0, y - width * 0.26],
        [0, y],
        [
          [0, stone],
          [1, mix(stone, palette.near, 0.35)],
        ],
      ),
    ),
  );
  canvas.add(
    rectangles(
      Array.from({ length: 12 }, (_, index) => [
        x - width * 0.4 + (index * width * 0.8) / 12,
        y - width * 0.295,
        width * 0.036,
        width * 0.04,
      ]),
      stone,
    ),
  );
  tower(0.02, 0.1, 0.5, false);
  tower(-0.4, 0.065, 0.46, true);
  tower(0.4, 0.07, 0.4, true);
  canvas.add(
    path(
      `M${short(x - width * 0.045)} ${short(y + width * 0.05)}v${short(-width * 0.12)}a${short(width * 0.045)} ${short(width * 0.05)} 0 0 1 ${short(width * 0.09)} 0v${short(width * 0.12)}z`,
      mix(palette.near, "#140d12", 0.4),
    ),
  );
  canvas.add(
    rectangles(windows, palette.isDark || palette.time === "sunset" ? palette.accent : mix(palette.near, stone, 0.25)),
  );
}

/** How tall and wide a building of a skyline is, and what it wears on its roof. */
export interface Building {
  readonly x: number;
  readonly width: number;
  readonly top: number;
  readonly roof: "flat" | "step" | "spire" | "slope" | "tank";
}

/** A row of buildings along the width; taller towards `center`. */
export function createSkyline(
  random: Random,
  width: number,
  ground: number,
  height: number,
  lot: number,
  center: number,
): Building[] {
  const buildings: Building[] = [];
  for (let x = -lot; x < width + lot; ) {
    const wide = lot * random.between(0.55, 1.25);
    const middle = Math.exp(-(((x + wide / 2 - center) / (width * 0.32)) ** 2));
    const tall = height * (0.24 + 0.34 * random.next() + 0.5 * middle * random.between(0.5, 1));
    const roof = random.pick<Building["roof"]>(["flat", "flat", "step", "spire", "slope", "tank"]);
    buildings.push({ x, width: wide, top: ground - tall, roof });
    x += wide + (random.chance(0.2) ? lot * random.between(0.05, 0.3) : 0);
  }
  return buildings;
}
