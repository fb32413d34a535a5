import type { Random } from "../random.ts";
import { drawCastle, drawGlow, drawHouse } from "./buildings.ts";
import { circle, ellipse, type Point, path, polygon, rectangle, rectangles, short, stroke } from "./canvas.ts";
import { type Color, lighten, mix } from "./color.ts";
import type { Light, Stage, Surface } from "./stage.ts";

/** Writes path commands in a figure's own measure: 1 is its height, y goes up from its feet. */
type Pen = (right: number, up: number) => string;

function createPen([x, y]: Point, size: number): Pen {
  return (right, up) => `${short(x + right * size)} ${short(y - up * size)}`;
}

interface Coat {
  readonly body: Color;
  readonly light: Color;
  readonly belly: Color;
}

/** Fur in the light of the hour. */
function chooseCoat(stage: Stage, random: Random, kind: "cat" | "dog"): Coat {
  const { palette, brief } = stage;
  const [hue] = brief.hues;
  const coats =
    kind === "cat"
      ? (["#3a3a46", "#d98a45", "#8c8f99", "#f0e6d6", "#6b4c3b"] as const)
      : (["#c98d4f", "#8a5a3a", "#e8d9bf", "#4b4650"] as const);
  const base = hue !== undefined && hue < 90 ? "#d97a35" : random.pick<Color>(coats);
  const body = mix(base, palette.near, palette.isDark ? 0.66 : 0.22);
  return {
    body,
    light: mix(body, palette.glow, 0.55),
    belly: mix(mix(base, "#fff6e8", 0.65), palette.near, palette.isDark ? 0.5 : 0.1),
  };
}

/** An animal that sits and looks at us: a cat with pointed ears and a long tail, or a dog with hanging ones. */
function drawAnimal(stage: Stage, light: Light, kind: "cat" | "dog", at: Point, size: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork(kind);
  const { body, light: rim, belly } = chooseCoat(stage, random, kind);
  const pen = createPen(at, size);
  const [x, y] = at;
  const spot = (right: number, up: number): Point => [x + right * size, y - up * size];
  const dark = mix(body, palette.near, 0.55);
  const side = random.chance(0.5) ? 1 : -1;
  canvas.add(ellipse([x, y], size * 0.42, size * 0.045, palette.near, { opacity: 0.4 }));
  const tail =
    kind === "cat"
      ? `M${pen(side * 0.2, 0.07)}C${pen(side * 0.55, 0.0)} ${pen(side * 0.6, 0.3)} ${pen(side * 0.46, 0.42)}`
      : `M${pen(side * 0.2, 0.1)}C${pen(side * 0.38, 0.12)} ${pen(side * 0.5, 0.26)} ${pen(side * 0.44, 0.4)}`;
  canvas.add(
    path(tail, "none", {
      more: `stroke="${body}" stroke-width="${short(size * (kind === "cat" ? 0.075 : 0.09))}" stroke-linecap="round"`,
    }),
  );
  const lit = light.at[0] < x ? -1 : 1;
  const fur = canvas.linear(
    [x + lit * size * 0.34, 0],
    [x - lit * size * 0.34, 0],
    [
      [0, mix(body, rim, 0.5)],
      [0.3, body],
      [1, dark],
    ],
  );
  canvas.add(
    path(
      `M${pen(-0.27, 0)}C${pen(-0.4, 0.22)} ${pen(-0.24, 0.44)} ${pen(-0.13, 0.64)}L${pen(0.13, 0.64)}C${pen(0.24, 0.44)} ${pen(0.4, 0.22)} ${pen(0.27, 0)}Z`,
      fur,
    ),
  );
  canvas.add(
    path(
      `M${pen(-0.1, 0.02)}C${pen(-0.15, 0.25)} ${pen(-0.13, 0.42)} ${pen(0, 0.55)}C${pen(0.13, 0.42)} ${pen(0.15, 0.25)} ${pen(0.1, 0.02)}Z`,
      belly,
      { opacity: 0.85 },
    ),
  );
  for (const paw of [-0.075, 0.075]) {
    canvas.add(ellipse(spot(paw, 0.025), size * 0.066, size * 0.042, kind === "cat" ? belly : fur));
  }
  if (kind === "cat") {
    for (const ear of [-1, 1]) {
      canvas.add(
        path(
          `M${pen(ear * 0.19, 0.78)}L${pen(ear * 0.185, 1.01)}Q${pen(ear * 0.1, 0.97)} ${pen(ear * 0.035, 0.9)}Z`,
          fur,
        ),
      );
      canvas.add(
        path(
          `M${pen(ear * 0.165, 0.84)}L${pen(ear * 0.165, 0.96)}Q${pen(ear * 0.11, 0.93)} ${pen(ear * 0.08, 0.9)}Z`,
          mix("#e8a0a0", body, 0.4),
        ),
      );
    }
  }
  canvas.add(ellipse(spot(0, 0.76), size * 0.2, size * 0.168, fur));
  if (kind === "dog") {
    for (const ear of [-1, 1]) {
      canvas.add(
        path(
          `M${pen(ear * 0.1, 0.91)}C${pen(ear * 0.26, 0.95)} ${pen(ear * 0.28, 0.7)} ${pen(ear * 0.215, 0.62)}C${pen(ear * 0.15, 0.66)} ${pen(ear * 0.16, 0.8)} ${pen(ear * 0.1, 0.91)}Z`,
          dark,
        ),
      );
    }
  }
  canvas.add(
    ellipse(
      spot(0, kind === "cat" ? 0.695 : 0.69),
      size * (kind === "cat" ? 0.1 : 0.11),
      size * (kind === "cat" ? 0.068 : 0.085),
      belly,
    ),
  );
  const iris = kind === "cat" ? random.pick(["#b8d95a", "#f2c744", "#7fc8e0"]) : "#5a3a22";
  for (const eye of [-0.085, 0.085]) {
    canvas.add(ellipse(spot(eye, 0.775), size * 0.04, size * (kind === "cat" ? 0.043 : 0.036), iris));
    canvas.add(
      ellipse(
        spot(eye, 0.775),
        size * (kind === "cat" ? 0.013 : 0.024),
        size * (kind === "cat" ? 0.038 : 0.026),
        "#16130f",
      ),
    );
    canvas.add(circle(spot(eye + 0.012, 0.79), size * 0.01, "#ffffff"));
  }
  canvas.add(
    path(`M${pen(-0.028, 0.728)}L${pen(0.028, 0.728)}L${pen(0, 0.698)}Z`, kind === "cat" ? "#d98a8a" : "#241c1c"),
  );
  canvas.add(
    path(`M${pen(-0.05, 0.66)}Q${pen(-0.02, 0.645)} ${pen(0, 0.69)}Q${pen(0.02, 0.645)} ${pen(0.05, 0.66)}`, "none", {
      more: `stroke="${dark}" stroke-width="${short(size * 0.01)}" stroke-linecap="round"`,
    }),
  );
  if (kind === "cat" && size > 60) {
    for (const whisker of [-1, 1]) {
      for (const rise of [-0.02, 0, 0.02]) {
        canvas.add(
          stroke(
            [spot(whisker * 0.08, 0.69), spot(whisker * 0.29, 0.69 + rise * 2)],
            lighten(belly, 0.08),
            size * 0.005,
            { opacity: 0.7 },
          ),
        );
      }
    }
  }
}

/** A robot of the friendly kind. */
function drawRobot(stage: Stage, light: Light, at: Point, size: number): void {
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

function drawBalloons(stage: Stage, light: Light): void {
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

/** Where something stands that is `half` wide to each side: no part of it hangs over uneven ground. */
function standOn(stage: Stage, surface: Surface, x: number, half: number): Point {
  const lowest = Math.max(surface(x - half), surface(x), surface(x + half));
  return [x, Math.min(lowest + stage.canvas.unit * 0.012, stage.canvas.height * 0.96)];
}

/** Adds what the prompt wants to see in the scene, on the ground that the scene offers. */
export function drawSubjects(stage: Stage, light: Light, surface: Surface | undefined): void {
  const { canvas, brief } = stage;
  const random = stage.random.fork("subjects");
  const { width, unit } = canvas;
  if (brief.has("balloon")) {
    drawBalloons(stage, light);
  }
  if (surface === undefined) {
    return;
  }
  const side = light.at[0] < width / 2 ? 1 : -1;
  if (brief.has("castle")) {
    const at = standOn(stage, surface, width * (0.5 + side * 0.12), unit * 0.24);
    canvas.add(
      polygon(
        [
          [at[0] - unit * 0.5, at[1] + unit * 0.12],
          [at[0] - unit * 0.24, at[1] - unit * 0.02],
          [at[0] + unit * 0.24, at[1] - unit * 0.02],
          [at[0] + unit * 0.5, at[1] + unit * 0.12],
        ],
        mix(stage.palette.near, stage.palette.foliage, 0.3),
      ),
    );
    drawCastle(stage, light, at, unit * 0.55);
  }
  if (brief.has("house") && !brief.has("lighthouse")) {
    const x = width * (0.5 + side * random.between(0.05, 0.16));
    drawHouse(stage, light, standOn(stage, surface, x, unit * 0.1), unit * 0.26);
  }
  const figures = (["cat", "dog", "robot"] as const).filter((figure) => brief.has(figure));
  figures.forEach((figure, index) => {
    const x = width * (0.5 + (index - (figures.length - 1) / 2) * 0.3 + (figures.length === 1 ? side * -0.08 : 0));
    const at = standOn(stage, surface, x, unit * 0.08);
    if (figure === "robot") {
      drawRobot(stage, light, at, unit * 0.42);
    } else {
      drawAnimal(stage, light, figure, at, unit * 0.36);
    }
  });
}
