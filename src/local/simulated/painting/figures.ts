import { drawGlow } from "./buildings.ts";
import { circle, ellipse, type Point, path, rectangle, rectangles, short, stroke } from "./canvas.ts";
import { type Color, mix } from "./color.ts";
import type { Light, Stage } from "./stage.ts";

/** A robot of the friendly kind. */
export function drawRobot(stage: Stage, light: Light, at: Point, size: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork("robot");
  const [x, y] = at;
  const lit = light.at[0] < x ? -1 : 1;
  const base = mix(
    random.pick(["#c9d2dc", "#e0a458", "#7fb7be", "#d96c5f"]),
    palette.near,
    palette.isDark ? 0.45 : 0.1,
  );
  const metal = canvas.linear(
    [x + lit * size * 0.3, 0],
    [x - lit * size * 0.3, 0],
    [
      [0, mix(base, palette.glow, 0.55)],
      [0.45, base],
      [1, mix(base, palette.near, 0.5)],
    ],
  );
  const joint = mix(base, palette.near, 0.6);
  const glow = random.pick(["#6ff2e0", "#ffd166", "#8fd3ff"]);
  const box = (right: number, up: number, width: number, height: number, round: number, fill: string) =>
    canvas.add(
      rectangle(x + right * size, y - up * size, width * size, height * size, fill, {
        more: `rx="${short(round * size)}"`,
      }),
    );
  canvas.add(ellipse([x, y], size * 0.34, size * 0.04, palette.near, { opacity: 0.4 }));
  for (const side of [-1, 1]) {
    canvas.add(
      stroke(
        [
          [x + side * size * 0.1, y - size * 0.2],
          [x + side * size * 0.1, y - size * 0.04],
        ],
        joint,
        size * 0.06,
      ),
    );
    box(side * 0.1 - 0.085, 0.06, 0.17, 0.06, 0.025, metal);
    canvas.add(
      stroke(
        [
          [x + side * size * 0.2, y - size * 0.5],
          [x + side * size * 0.31, y - size * 0.4],
          [x + side * size * 0.3, y - size * (side > 0 ? 0.58 : 0.26)],
        ],
        joint,
        size * 0.05,
      ),
    );
    canvas.add(circle([x + side * size * 0.3, y - size * (side > 0 ? 0.6 : 0.24)], size * 0.045, metal));
  }
  box(-0.2, 0.56, 0.4, 0.38, 0.07, metal);
  box(-0.12, 0.48, 0.24, 0.15, 0.03, mix(palette.near, "#101820", 0.5));
  canvas.add(
    stroke(
      [
        [x - size * 0.09, y - size * 0.4],
        [x - size * 0.04, y - size * 0.4],
        [x - size * 0.01, y - size * 0.44],
        [x + size * 0.03, y - size * 0.36],
        [x + size * 0.05, y - size * 0.4],
        [x + size * 0.09, y - size * 0.4],
      ],
      glow,
      size * 0.012,
    ),
  );
  canvas.add(rectangle(x - size * 0.05, y - size * 0.61, size * 0.1, size * 0.06, joint));
  canvas.add(
    stroke(
      [
        [x, y - size * 0.9],
        [x, y - size * 1],
      ],
      joint,
      size * 0.02,
    ),
  );
  box(-0.24, 0.92, 0.48, 0.33, 0.1, metal);
  box(-0.18, 0.86, 0.36, 0.2, 0.07, mix(palette.near, "#101820", 0.5));
  for (const eye of [-0.085, 0.085]) {
    drawGlow(stage, [x + eye * size, y - size * 0.76], size * 0.13, glow, 0.7);
    canvas.add(ellipse([x + eye * size, y - size * 0.76], size * 0.035, size * 0.05, glow));
  }
  drawGlow(stage, [x, y - size * 1.01], size * 0.1, "#ff6b5a", 0.8);
  canvas.add(circle([x, y - size * 1.01], size * 0.03, "#ff8a78"));
}

/** A hot-air balloon of coloured gores. */
function drawBalloon(stage: Stage, name: string, light: Light, [x, y]: Point, radius: number): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork(`balloon/${name}`);
  const sets = [
    ["#d64550", "#f6e7cb"],
    ["#2a7f9e", "#f2c14e"],
    ["#e07a5f", "#3d405b"],
    ["#6a4c93", "#f4a6b8"],
  ] as const;
  const colors = brief.has("monochrome")
    ? (["#444444", "#eeeeee"] as const)
    : random.pick<readonly [Color, Color]>(sets);
  const bottom = y + radius * 1.45;
  const gores = 8;
  for (let gore = 0; gore < gores; gore += 1) {
    const at = (part: number) => Math.sin(((part / gores) * 2 - 1) * (Math.PI / 2));
    const [from, to] = [at(gore), at(gore + 1)];
    const color = mix(colors[gore % 2] ?? colors[0], palette.near, palette.isDark ? 0.35 : 0.04);
    const edge = (part: number, sweep: number, isBack: boolean) => {
      const bend = `${short(radius * Math.abs(part))} ${short(radius)}`;
      return isBack
        ? `L${short(x + part * radius * 0.16)} ${short(bottom)}Q${short(x + part * radius * 1.02)} ${short(y + radius * 0.85)} ${short(x + part * radius)} ${short(y)}A${bend} 0 0 ${sweep} ${short(x)} ${short(y - radius)}`
        : `A${bend} 0 0 ${sweep} ${short(x + part * radius)} ${short(y)}Q${short(x + part * radius * 1.02)} ${short(y + radius * 0.85)} ${short(x + part * radius * 0.16)} ${short(bottom)}`;
    };
    canvas.add(
      path(
        `M${short(x)} ${short(y - radius)}${edge(from, from < 0 ? 0 : 1, false)}${edge(to, to < 0 ? 1 : 0, true)}Z`,
        color,
      ),
    );
  }
  const side = light.at[0] < x ? -1 : 1;
  const shade = canvas.linear(
    [x + side * radius, 0],
    [x - side * radius, 0],
    [
      [0, palette.glow, 0.35],
      [0.4, palette.glow, 0],
      [0.55, palette.near, 0],
      [1, palette.near, 0.5],
    ],
  );
  canvas.add(
    path(
      `M${short(x)} ${short(y - radius)}A${short(radius)} ${short(radius)} 0 0 0 ${short(x - radius)} ${short(y)}Q${short(x - radius * 1.02)} ${short(y + radius * 0.85)} ${short(x - radius * 0.16)} ${short(bottom)}L${short(x + radius * 0.16)} ${short(bottom)}Q${short(x + radius * 1.02)} ${short(y + radius * 0.85)} ${short(x + radius)} ${short(y)}A${short(radius)} ${short(radius)} 0 0 0 ${short(x)} ${short(y - radius)}Z`,
      shade,
    ),
  );
  const rope = mix(palette.near, "#3a2a20", 0.5);
  for (const part of [-1, -0.3, 0.3, 1]) {
    canvas.add(
      stroke(
        [
          [x + part * radius * 0.15, bottom],
          [x + part * radius * 0.12, bottom + radius * 0.26],
        ],
        rope,
        Math.max(0.5, radius * 0.012),
      ),
    );
  }
  if (palette.isDark) {
    drawGlow(stage, [x, bottom], radius * 0.5, "#ffc46b", 0.8);
  }
  canvas.add(
    rectangle(
      x - radius * 0.13,
      bottom + radius * 0.25,
      radius * 0.26,
      radius * 0.2,
      mix("#8a5a35", palette.near, palette.isDark ? 0.5 : 0.2),
      { more: `rx="${short(radius * 0.03)}"` },
    ),
  );
  canvas.add(rectangles([[x - radius * 0.145, bottom + radius * 0.24, radius * 0.29, radius * 0.04]], rope));
}

/** Three balloons at different distances, the largest away from the sun. */
export function drawBalloons(stage: Stage, light: Light): void {
  const { canvas } = stage;
  const random = stage.random.fork("balloons");
  const { width, height, unit } = canvas;
  const side = light.at[0] < width / 2 ? 1 : -1;
  const places = [
    [0.5 - side * random.between(0.22, 0.32), random.between(0.38, 0.46), 0.035],
    [0.5 + side * random.between(0.3, 0.4), random.between(0.42, 0.48), 0.05],
    [0.5 + side * random.between(0.02, 0.16), random.between(0.24, 0.32), 0.13],
  ] as const;
  places.forEach(([across, down, size], index) => {
    drawBalloon(stage, `${index}`, light, [width * across, height * down], unit * size);
  });
}
