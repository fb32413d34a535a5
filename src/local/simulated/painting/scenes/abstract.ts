import { circle, type Point, polygon, rectangle, short, stroke } from "../canvas.ts";
import { makeTexture, smooth } from "../clouds.ts";
import { lighten, mix } from "../color.ts";
import { type Colors, chooseColors } from "../harmonies.ts";
import { createNoise } from "../noise.ts";
import type { Setting, Stage } from "../stage.ts";
import { drawTiles } from "../tiles.ts";

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
