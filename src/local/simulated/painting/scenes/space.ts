import { circle, dots, ellipse, type Point, path, short } from "../canvas.ts";
import { makeTexture, smooth } from "../clouds.ts";
import { type Color, fromPolar, lighten, mix } from "../color.ts";
import { createNoise } from "../noise.ts";
import type { Setting, Stage, Surface } from "../stage.ts";

/** Clouds of gas in a colour, over everything. */
function drawNebula(
  stage: Stage,
  name: string,
  colors: readonly [Color, Color],
  threshold: number,
  opacity: number,
): void {
  const { canvas, seed } = stage;
  const noise = createNoise(`${seed}/nebula/${name}`, 5, 0.55);
  const warp = createNoise(`${seed}/warp/${name}`, 2, 0.5);
  const [across, down] = [canvas.width / canvas.unit, canvas.height / canvas.unit];
  const texture = makeTexture(canvas, canvas, colors, (x, y) => {
    const [bentX, bentY] = [
      x * across * 2.1 + warp(x * 2.3, y * 2.3) * 1.5,
      y * down * 2.1 + warp(x * 2.3 + 9, y * 2.3 + 9) * 1.5,
    ];
    const density = noise(bentX, bentY);
    const body = smooth(threshold, threshold + 0.32, density);
    return [smooth(threshold + 0.08, threshold + 0.36, density), body];
  });
  canvas.place(texture, { x: 0, y: 0, width: canvas.width, height: canvas.height }, opacity);
}

function drawStarfield(stage: Stage): void {
  const { canvas } = stage;
  const random = stage.random.fork("starfield");
  const area = (canvas.width * canvas.height) / canvas.unit ** 2;
  const groups: Record<string, [number, number, number][]> = { "#ffffff": [], "#ffe2b8": [], "#bcd6ff": [] };
  const count = Math.round((canvas.unit < 200 ? 120 : 620) * area);
  for (let index = 0; index < count; index += 1) {
    const color = random.pick(["#ffffff", "#ffffff", "#ffe2b8", "#bcd6ff"]);
    groups[color]?.push([
      random.between(0, canvas.width),
      random.between(0, canvas.height),
      Math.max(0.3, canvas.unit * 0.0021 * random.next() ** 3.5 + canvas.unit * 0.0005),
    ]);
  }
  for (const [color, group] of Object.entries(groups)) {
    canvas.add(dots(group, color, { opacity: 0.85 }));
  }
  for (let index = 0; index < 9; index += 1) {
    const at: Point = [random.between(0, canvas.width), random.between(0, canvas.height)];
    const size = canvas.unit * random.between(0.012, 0.03);
    const glow = canvas.radial(at, size, [
      [0, "#ffffff", 0.9],
      [0.12, "#dfe9ff", 0.5],
      [0.4, "#bcd0ff", 0.1],
      [1, "#bcd0ff", 0],
    ]);
    canvas.add(circle(at, size, glow));
    canvas.add(
      path(
        `M${short(at[0] - size)} ${short(at[1])}Q${short(at[0])} ${short(at[1])} ${short(at[0])} ${short(at[1] - size)}Q${short(at[0])} ${short(at[1])} ${short(at[0] + size)} ${short(at[1])}Q${short(at[0])} ${short(at[1])} ${short(at[0])} ${short(at[1] + size)}Q${short(at[0])} ${short(at[1])} ${short(at[0] - size)} ${short(at[1])}Z`,
        "#ffffff",
        { opacity: 0.8 },
      ),
    );
  }
}

/** A planet with bands of weather, its night side, the air at its edge, and perhaps rings. */
function drawPlanet(stage: Stage, at: Point, radius: number, hue: number, hasRings: boolean, sun: Point): void {
  const { canvas, seed } = stage;
  const [x, y] = at;
  const base = fromPolar({ lightness: 0.66, chroma: 0.11, hue });
  const other = fromPolar({ lightness: 0.82, chroma: 0.08, hue: hue + 35 });
  const angle = Math.atan2(sun[1] - y, sun[0] - x);
  const toSun = (part: number): Point => [x + Math.cos(angle) * radius * part, y + Math.sin(angle) * radius * part];
  const tilt = -18;
  const ring = (isFront: boolean) => {
    const clip = isFront ? 1 : 0;
    for (const [scale, width, opacity] of [
      [1.42, 0.045, 0.4],
      [1.52, 0.09, 0.7],
      [1.655, 0.12, 0.55],
      [1.83, 0.11, 0.6],
      [1.97, 0.05, 0.35],
      [2.06, 0.02, 0.5],
    ] as const) {
      const [wide, tall] = [radius * scale, radius * scale * 0.24];
      canvas.add(
        path(
          `M${short(x - wide)} ${short(y)}A${short(wide)} ${short(tall)} 0 0 ${clip === 1 ? 0 : 1} ${short(x + wide)} ${short(y)}`,
          "none",
          {
            opacity,
            more: `stroke="${mix(other, "#ffffff", 0.25)}" stroke-width="${short(radius * width)}" transform="rotate(${tilt} ${short(x)} ${short(y)})"`,
          },
        ),
      );
    }
  };
  const air = canvas.radial(at, radius * 1.3, [
    [0.74, other, 0.55],
    [0.82, other, 0.2],
    [1, other, 0],
  ]);
  canvas.add(circle(at, radius * 1.3, air));
  if (hasRings) {
    ring(false);
  }
  canvas.add(circle(at, radius, base));
  const bands = createNoise(`${seed}/planet/${hue}`, 4, 0.55);
  const box = { x: x - radius, y: y - radius, width: radius * 2, height: radius * 2 };
  const [tiltX, tiltY] = [Math.cos((tilt * Math.PI) / 180), Math.sin((tilt * Math.PI) / 180)];
  const texture = makeTexture(canvas, box, [mix(base, "#2a1c3c", 0.35), mix(other, "#ffffff", 0.25)], (right, down) => {
    const [px, py] = [right * 2 - 1, down * 2 - 1];
    const away = Math.hypot(px, py);
    const [along, cross] = [px * tiltX + py * tiltY, py * tiltX - px * tiltY];
    const bulge = cross / Math.sqrt(Math.max(0.04, 1 - along ** 2 * 0.35));
    return [
      bands(along * 1.6 + 20, bulge * 7 + bands(along * 3, bulge * 3) * 1.1 + 20) * 1.5 - 0.25,
      1 - smooth(0.96, 1, away),
    ];
  });
  canvas.place(texture, box, 0.85);
  const night = canvas.radial(toSun(0.62), radius * 1.75, [
    [0, "#000000", 0],
    [0.5, "#05030f", 0.12],
    [0.8, "#05030f", 0.82],
    [1, "#05030f", 0.95],
  ]);
  canvas.add(circle(at, radius * 1.004, night));
  const rim = canvas.radial(toSun(-0.16), radius * 1.17, [
    [0.86, "#ffffff", 0],
    [0.97, mix(other, "#ffffff", 0.5), 0.55],
    [1, "#ffffff", 0],
  ]);
  canvas.add(circle(at, radius, rim));
  if (hasRings) {
    ring(true);
  }
}

function drawRocket(stage: Stage, [x, y]: Point, size: number): void {
  const { canvas } = stage;
  const at = (right: number, up: number) => `${short(x + right * size)} ${short(y - up * size)}`;
  const turn = { more: `transform="rotate(28 ${short(x)} ${short(y)})"` };
  const flame = canvas.linear(
    [x, y + size * 0.5],
    [x, y + size * 1.7],
    [
      [0, "#fff6c2", 1],
      [0.25, "#ffb347", 0.9],
      [1, "#ff5f3a", 0],
    ],
  );
  canvas.add(path(`M${at(-0.14, -0.5)}Q${at(-0.2, -1)} ${at(0, -1.7)}Q${at(0.2, -1)} ${at(0.14, -0.5)}Z`, flame, turn));
  const body = canvas.linear(
    [x - size * 0.24, 0],
    [x + size * 0.24, 0],
    [
      [0, "#ffffff"],
      [0.5, "#dfe3ee"],
      [1, "#8d93ab"],
    ],
  );
  canvas.add(
    path(
      `M${at(-0.22, -0.1)}L${at(-0.46, -0.55)}L${at(-0.2, -0.44)}ZM${at(0.22, -0.1)}L${at(0.46, -0.55)}L${at(0.2, -0.44)}Z`,
      "#d2493f",
      turn,
    ),
  );
  canvas.add(
    path(`M${at(0, 1)}Q${at(0.34, 0.5)} ${at(0.2, -0.5)}L${at(-0.2, -0.5)}Q${at(-0.34, 0.5)} ${at(0, 1)}Z`, body, turn),
  );
  canvas.add(
    path(
      `M${at(0, 1)}Q${at(0.15, 0.8)} ${at(0.215, 0.52)}L${at(-0.215, 0.52)}Q${at(-0.15, 0.8)} ${at(0, 1)}Z`,
      "#d2493f",
      turn,
    ),
  );
  canvas.add(circle([x, y - size * 0.22], size * 0.12, "#8d93ab", turn));
  canvas.add(circle([x, y - size * 0.22], size * 0.09, "#5fc4e8", turn));
}

/** Deep space: nebulae, stars and planets. */
export function drawSpace(stage: Stage): Setting {
  const { canvas, brief, palette } = stage;
  const random = stage.random.fork("space");
  const { width, height, unit } = canvas;
  const hue = brief.hues[0] ?? random.between(0, 360);
  const isGrey = brief.has("monochrome");
  const gas = (lightness: number, shift: number): Color =>
    fromPolar({ lightness, chroma: isGrey ? 0 : brief.has("vivid") ? 0.2 : 0.15, hue: hue + shift });
  const second = brief.hues[1] === undefined ? random.pick([70, -70, 130, 40]) : brief.hues[1] - hue;
  canvas.add(
    `<rect width="100%" height="100%" fill="${canvas.linear(
      [0, 0],
      [width, height],
      [
        [0, mix("#04040f", gas(0.2, 0), 0.25)],
        [1, mix("#05030d", gas(0.2, second), 0.3)],
      ],
    )}"/>`,
  );
  drawNebula(stage, "first", [gas(0.3, 0), gas(0.62, 15)], 0.42, 0.8);
  drawNebula(stage, "second", [gas(0.34, second), gas(0.76, second + 20)], 0.5, 0.75);
  drawNebula(stage, "dust", ["#05040c", "#05040c"], 0.52, 0.55);
  drawStarfield(stage);
  const sun: Point = [random.chance(0.5) ? -width * 0.2 : width * 1.2, -height * 0.15];
  const left = random.chance(0.5);
  const at: Point = [
    width * (left ? random.between(0.28, 0.4) : random.between(0.6, 0.72)),
    height * random.between(0.5, 0.64),
  ];
  const radius = unit * random.between(0.2, 0.28);
  const small: Point = [
    width * (left ? random.between(0.72, 0.86) : random.between(0.14, 0.28)),
    height * random.between(0.16, 0.32),
  ];
  drawPlanet(stage, small, unit * random.between(0.035, 0.07), hue + second + 40, false, sun);
  drawPlanet(
    stage,
    at,
    radius,
    isGrey ? 0 : (brief.hues[0] ?? hue + random.pick([150, 190, 60])),
    random.chance(0.6),
    sun,
  );
  if (brief.has("rocket")) {
    drawRocket(stage, [width * (left ? 0.72 : 0.3), height * 0.4], unit * 0.12);
  }
  const floor = height * 0.9;
  if (["cat", "dog", "robot", "house", "castle"].some((feature) => brief.has(feature as "cat"))) {
    const ground = lighten(mix("#8a8795", gas(0.5, 0), 0.25), -0.05);
    canvas.add(
      ellipse(
        [width / 2, height * 1.5],
        Math.max(width, unit) * 1.1,
        height * 0.6,
        canvas.linear(
          [0, floor],
          [0, height],
          [
            [0, ground],
            [1, mix(ground, palette.near, 0.65)],
          ],
        ),
      ),
    );
    const surface: Surface = (x) =>
      height * 1.5 - height * 0.6 * Math.sqrt(Math.max(0, 1 - ((x - width / 2) / (Math.max(width, unit) * 1.1)) ** 2));
    for (let index = 0; index < 12; index += 1) {
      const x = random.between(0, width);
      const size = unit * random.between(0.008, 0.035);
      canvas.add(
        ellipse([x, surface(x) + unit * random.between(0.03, 0.1)], size, size * 0.3, mix(ground, "#000000", 0.3), {
          opacity: 0.55,
        }),
      );
    }
    return { light: { at: sun, radius: 0 }, ground: surface };
  }
  return { light: { at: sun, radius: 0 }, ground: undefined };
}
