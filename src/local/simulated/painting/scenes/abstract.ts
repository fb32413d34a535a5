import type { Random } from "../../random.ts";
import { circle, type Point, path, polygon, rectangle, short, stroke } from "../canvas.ts";
import { makeTexture, smooth } from "../clouds.ts";
import { type Color, fromPolar, lighten, mix, toPolar } from "../color.ts";
import { createNoise } from "../noise.ts";
import type { Setting, Stage } from "../stage.ts";

type Colors = readonly [Color, Color, Color, Color, Color];

/** Colours that go together: ground first, the brightest accent last. */
const harmonies: readonly [Colors, ...Colors[]] = [
  ["#10243e", "#1f4e79", "#2a9d8f", "#f4a261", "#ffe8c9"],
  ["#2d1b3d", "#6a2c70", "#b83b5e", "#f08a5d", "#fbe7a1"],
  ["#12261c", "#2f5d46", "#8fae6b", "#ecc35b", "#fdf4d7"],
  ["#0f0c29", "#302b63", "#5f4bb6", "#86a5d9", "#f3e9ff"],
  ["#3d1f1a", "#84402f", "#c8704d", "#e9b384", "#f7ecdc"],
  ["#0b2545", "#13518f", "#3aa0c8", "#9ddbe0", "#f3fbfb"],
  ["#1b1b3a", "#693668", "#e84855", "#f9a03f", "#fff1d0"],
  ["#14342b", "#1f7a6c", "#6fc3a5", "#f6a5a5", "#fff0e6"],
  ["#f7f1e5", "#e9c46a", "#f4a261", "#2a9d8f", "#264653"],
  ["#fdf0f0", "#f7cad0", "#e05780", "#7b3f98", "#2d1e4f"],
  ["#eef6fb", "#a9d6e5", "#468faf", "#f4a261", "#1d3557"],
];

/** A harmony of the seed's choice, or one made of the hues that the prompt names. */
function chooseColors(stage: Stage): Colors {
  const { brief } = stage;
  const random = stage.random.fork("colors");
  const isDark = brief.time === "night" || brief.time === "dusk";
  const [hue] = brief.hues;
  const chosen: Colors =
    hue === undefined
      ? random.pick(isDark ? [harmonies[3] ?? harmonies[0], harmonies[0], harmonies[1] ?? harmonies[0]] : harmonies)
      : namedHarmony(hue, brief.hues[1] ?? hue + 165, random.chance(0.7) || isDark);
  const adapt = (color: Color): Color => {
    const polar = toPolar(color);
    if (brief.has("monochrome")) {
      return fromPolar({ ...polar, chroma: 0 });
    }
    if (brief.has("pastel")) {
      return fromPolar({ ...polar, lightness: 0.62 + polar.lightness * 0.36, chroma: polar.chroma * 0.7 });
    }
    return brief.has("vivid") ? fromPolar({ ...polar, chroma: polar.chroma * 1.35 }) : color;
  };
  return [adapt(chosen[0]), adapt(chosen[1]), adapt(chosen[2]), adapt(chosen[3]), adapt(chosen[4])];
}

function namedHarmony(hue: number, accent: number, isDeep: boolean): Colors {
  const tone = (lightness: number, chroma: number, of: number) => fromPolar({ lightness, chroma, hue: of });
  return isDeep
    ? [
        tone(0.22, 0.06, hue),
        tone(0.4, 0.13, hue - 12),
        tone(0.58, 0.16, hue),
        tone(0.74, 0.13, hue + 18),
        tone(0.9, 0.07, accent),
      ]
    : [
        tone(0.96, 0.02, hue),
        tone(0.84, 0.08, hue + 12),
        tone(0.68, 0.14, hue),
        tone(0.52, 0.15, hue - 14),
        tone(0.34, 0.09, accent),
      ];
}

/** Waves of silk over one another, each with light on its back and shade under it. */
function drawRibbons(stage: Stage, colors: Colors): void {
  const { canvas } = stage;
  const random = stage.random.fork("ribbons");
  const { width, height, unit } = canvas;
  const noise = createNoise(`${stage.seed}/ribbons`, 2, 0.4);
  canvas.add(
    rectangle(
      0,
      0,
      width,
      height,
      canvas.linear(
        [0, 0],
        [width * 0.4, height],
        [
          [0, mix(colors[0], colors[1], 0.2)],
          [1, mix(colors[0], colors[2], 0.45)],
        ],
      ),
    ),
  );
  const sun: Point = [width * random.between(0.25, 0.75), height * random.between(0.18, 0.36)];
  const radius = unit * random.between(0.1, 0.19);
  canvas.add(
    circle(
      sun,
      radius * 3,
      canvas.radial(sun, radius * 3, [
        [0, colors[4], 0.5],
        [0.35, colors[4], 0.22],
        [0.7, colors[4], 0.05],
        [1, colors[4], 0],
      ]),
    ),
  );
  canvas.add(
    circle(
      sun,
      radius,
      canvas.linear(
        [sun[0], sun[1] - radius],
        [sun[0], sun[1] + radius],
        [
          [0, lighten(colors[4], 0.06)],
          [1, mix(colors[4], colors[3], 0.6)],
        ],
      ),
    ),
  );
  const count = 9;
  for (let layer = 0; layer < count; layer += 1) {
    const depth = layer / (count - 1);
    const y = height * (0.32 + 0.66 * depth ** 1.05);
    const lift = unit * (0.1 + 0.12 * (1 - depth));
    const phase = random.between(0, 9);
    const crest: Point[] = [];
    for (let x = -10; x <= width + 10; x += Math.max(2, width / 160)) {
      crest.push([
        x,
        y -
          lift * Math.sin((x / unit) * 2.4 + phase) * 0.45 -
          lift * (noise((x / unit) * 1.3 + layer * 13) - 0.5) * 1.9,
      ]);
    }
    const color =
      depth < 0.34
        ? mix(colors[2], colors[3], depth * 3)
        : depth < 0.67
          ? mix(colors[3], colors[1], (depth - 0.34) * 3)
          : mix(colors[1], colors[0], (depth - 0.67) * 2.4);
    const shadow = crest.map(([x, top]): Point => [x, top - unit * 0.018]);
    const under = canvas.linear(
      [0, y - lift],
      [0, y + lift],
      [
        [0, mix(colors[0], "#000000", 0.5), 0.3],
        [1, "#000000", 0.05],
      ],
    );
    canvas.add(polygon([...shadow, [width + 10, height + 10], [-10, height + 10]], under));
    canvas.add(
      polygon(
        [...crest, [width + 10, height + 10], [-10, height + 10]],
        canvas.linear(
          [0, y - lift],
          [width * 0.3, y + unit * 0.3],
          [
            [0, lighten(color, 0.1)],
            [0.4, color],
            [1, mix(color, colors[0], 0.4)],
          ],
        ),
      ),
    );
    canvas.add(stroke(crest, lighten(color, 0.2), Math.max(0.6, unit * 0.0022), { opacity: 0.55 }));
  }
}

/** Circles, halves and quarters on a grid. */
function drawTiles(stage: Stage, colors: Colors): void {
  const { canvas } = stage;
  const random = stage.random.fork("tiles");
  const { width, height, unit } = canvas;
  const cell = unit / random.integer(4, 5);
  const [columns, rows] = [Math.ceil(width / cell), Math.ceil(height / cell)];
  const [left, top] = [(width - columns * cell) / 2, (height - rows * cell) / 2];
  canvas.add(rectangle(0, 0, width, height, colors[0]));
  const pick = (random_: Random, not: Color): Color => {
    const color = random_.pick(colors);
    return color === not ? (colors[(colors.indexOf(not) + 2) % colors.length] ?? colors[4]) : color;
  };
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const [x, y] = [left + column * cell, top + row * cell];
      const ground = random.pick(colors);
      const shape = pick(random, ground);
      const paint = canvas.linear(
        [x, y],
        [x + cell, y + cell],
        [
          [0, lighten(shape, 0.035)],
          [1, lighten(shape, -0.035)],
        ],
      );
      canvas.add(rectangle(x - 0.3, y - 0.3, cell + 0.6, cell + 0.6, ground));
      const turn = {
        more: `transform="rotate(${random.integer(0, 3) * 90} ${short(x + cell / 2)} ${short(y + cell / 2)})"`,
      };
      const c = short(cell);
      const kind = random.integer(0, 6);
      if (kind === 0) {
        canvas.add(path(`M${short(x)} ${short(y)}h${c}a${c} ${c} 0 0 1 -${c} ${c}z`, paint, turn));
        canvas.add(
          path(
            `M${short(x)} ${short(y)}h${short(cell / 2)}a${short(cell / 2)} ${short(cell / 2)} 0 0 1 -${short(cell / 2)} ${short(cell / 2)}z`,
            pick(random, shape),
            turn,
          ),
        );
      } else if (kind === 1) {
        canvas.add(path(`M${short(x)} ${short(y)}h${c}v${c}a${c} ${c} 0 0 1 -${c} -${c}z`, paint, turn));
      } else if (kind === 2) {
        canvas.add(circle([x + cell / 2, y + cell / 2], cell * 0.36, paint));
        canvas.add(circle([x + cell / 2, y + cell / 2], cell * 0.16, pick(random, shape)));
      } else if (kind === 3) {
        canvas.add(
          path(`M${short(x)} ${short(y)}h${c}a${short(cell / 2)} ${short(cell / 2)} 0 0 1 -${c} 0z`, paint, turn),
        );
        canvas.add(
          path(
            `M${short(x)} ${short(y + cell / 2)}h${c}a${short(cell / 2)} ${short(cell / 2)} 0 0 1 -${c} 0z`,
            pick(random, shape),
            turn,
          ),
        );
      } else if (kind === 4) {
        canvas.add(path(`M${short(x)} ${short(y)}h${c}L${short(x)} ${short(y + cell)}z`, paint, turn));
      } else if (kind === 5) {
        for (let ring = 4; ring > 0; ring -= 1) {
          const r = short((cell * ring) / 4);
          canvas.add(
            path(`M${short(x)} ${short(y)}h${r}a${r} ${r} 0 0 1 -${r} ${r}z`, ring % 2 === 0 ? paint : ground, turn),
          );
        }
      } else {
        canvas.add(
          path(
            `M${short(x)} ${short(y + cell / 2)}a${short(cell / 2)} ${short(cell / 2)} 0 0 1 ${c} 0a${short(cell / 2)} ${short(cell / 2)} 0 0 1 -${c} 0z`,
            paint,
            turn,
          ),
        );
      }
    }
  }
}

/** Threads that follow a field of flow, like brushed hair or water. */
function drawFlow(stage: Stage, colors: Colors): void {
  const { canvas } = stage;
  const random = stage.random.fork("flow");
  const { width, height, unit } = canvas;
  const noise = createNoise(`${stage.seed}/flow`, 2, 0.4);
  canvas.add(
    rectangle(
      0,
      0,
      width,
      height,
      canvas.linear(
        [0, 0],
        [width, height],
        [
          [0, colors[0]],
          [1, mix(colors[0], colors[1], 0.35)],
        ],
      ),
    ),
  );
  const count = unit < 128 ? 110 : 620;
  const step = unit * 0.011;
  for (let index = 0; index < count; index += 1) {
    let [x, y] = [random.between(-0.1, 1.1) * width, random.between(-0.1, 1.1) * height];
    const place = noise((x / unit) * 0.9 + 40, (y / unit) * 0.9 + 40);
    const color =
      place < 0.42
        ? mix(colors[1], colors[2], random.next())
        : place < 0.58
          ? mix(colors[2], colors[3], random.next())
          : mix(colors[3], colors[4], random.next());
    const line: Point[] = [[x, y]];
    const length = random.integer(14, 44);
    for (let part = 0; part < length; part += 1) {
      const angle = noise((x / unit) * 1.15, (y / unit) * 1.15) * Math.PI * 4;
      x += Math.cos(angle) * step;
      y += Math.sin(angle) * step;
      line.push([x, y]);
    }
    canvas.add(
      stroke(line, color, unit * 0.0018 + unit * 0.011 * random.next() ** 3, { opacity: random.between(0.5, 0.95) }),
    );
  }
}

/** Light in clouds of colour, with a few clear rings before it. */
function drawAura(stage: Stage, colors: Colors): void {
  const { canvas, seed } = stage;
  const random = stage.random.fork("aura");
  const { width, height, unit } = canvas;
  const [across, down] = [width / unit, height / unit];
  canvas.add(
    rectangle(
      0,
      0,
      width,
      height,
      canvas.linear(
        [0, 0],
        [width, height],
        [
          [0, mix(colors[0], colors[1], 0.4)],
          [1, colors[0]],
        ],
      ),
    ),
  );
  (
    [
      [1, 2],
      [2, 3],
      [3, 4],
    ] as const
  ).forEach(([low, high], layer) => {
    const noise = createNoise(`${seed}/aura/${layer}`, 3, 0.4);
    const bend = createNoise(`${seed}/bend/${layer}`, 2, 0.4);
    const texture = makeTexture(canvas, canvas, [colors[low], colors[high]], (x, y) => {
      const value = noise(
        x * across * 1.3 + bend(x * 1.5, y * 1.5) * 2.2,
        y * down * 1.3 + bend(x * 1.5 + 7, y * 1.5 + 7) * 2.2,
      );
      return [smooth(0.4, 0.8, value), smooth(0.4, 0.7, value)];
    });
    canvas.place(texture, { x: 0, y: 0, width, height }, 0.85);
  });
  const center: Point = [width * random.between(0.35, 0.65), height * random.between(0.4, 0.6)];
  const radius = unit * random.between(0.2, 0.27);
  canvas.add(
    circle(
      center,
      radius,
      canvas.linear(
        [center[0] - radius, center[1] - radius],
        [center[0] + radius, center[1] + radius],
        [
          [0, lighten(colors[4], 0.08), 0.95],
          [0.5, colors[3], 0.75],
          [1, colors[1], 0.55],
        ],
      ),
    ),
  );
  for (let ring = 0; ring < 5; ring += 1) {
    const size = radius * (1.18 + ring * 0.22);
    canvas.add(
      circle(center, size, "none", {
        opacity: 0.55 - ring * 0.09,
        more: `stroke="${lighten(colors[4], 0.05)}" stroke-width="${short(Math.max(0.5, unit * (0.0032 - ring * 0.0004)))}" stroke-dasharray="${short(size * random.between(1, 4))} ${short(size * random.between(0.1, 0.5))}" transform="rotate(${random.integer(0, 359)} ${short(center[0])} ${short(center[1])})"`,
      }),
    );
    const angle = random.between(0, Math.PI * 2);
    canvas.add(
      circle(
        [center[0] + Math.cos(angle) * size, center[1] + Math.sin(angle) * size],
        unit * random.between(0.006, 0.016),
        colors[4],
      ),
    );
  }
}

/** A picture of nothing but shapes and colours. */
export function drawAbstract(stage: Stage): Setting {
  const { brief } = stage;
  const colors = chooseColors(stage);
  const kinds = [drawRibbons, drawFlow, drawAura, drawTiles] as const;
  const draw = brief.has("geometric")
    ? drawTiles
    : brief.has("swirls")
      ? stage.random.fork("kind").pick([drawFlow, drawRibbons])
      : stage.random.fork("kind").pick(kinds);
  draw(stage, colors);
  return { light: { at: [stage.canvas.width * 0.3, stage.canvas.height * 0.2], radius: 0 }, ground: undefined };
}
