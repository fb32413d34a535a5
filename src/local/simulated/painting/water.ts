import { ellipse, type Point, path, polygon, rectangle, short, stroke } from "./canvas.ts";
import { lighten, mix } from "./color.ts";
import type { Light, Stage } from "./stage.ts";

/** Water from the horizon to the bottom: the sky's colours upside down, a path of light, and waves that grow nearer. */
export function drawSea(stage: Stage, light: Light, horizon: number): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("sea");
  const depth = canvas.height - horizon;
  const deep = mix(
    mix(palette.sky[0], palette.foliage, palette.isDark ? 0.1 : 0.18),
    palette.near,
    palette.isDark ? 0.45 : 0.25,
  );
  canvas.add(
    rectangle(
      0,
      horizon,
      canvas.width,
      depth,
      canvas.linear(
        [0, horizon],
        [0, canvas.height],
        [
          [0, mix(palette.sky[3], palette.sky[1], 0.3)],
          [0.18, mix(palette.sky[2], palette.sky[1], 0.55)],
          [0.55, mix(palette.sky[1], deep, 0.5)],
          [1, deep],
        ],
      ),
    ),
  );

  const rough = brief.has("storm") ? 2.2 : 1;
  for (let row = 0; row < 34; row += 1) {
    const near = (row / 34) ** 1.7;
    const y = horizon + depth * (0.015 + near);
    const wave = canvas.unit * (0.05 + 0.22 * near);
    const lift = canvas.unit * (0.0008 + 0.0085 * near) * rough;
    const offset = random.between(0, wave);
    let commands = `M${short(-offset)} ${short(y)}`;
    for (let x = -offset; x < canvas.width + wave; x += wave) {
      commands += `q${short(wave * 0.28)} ${short(-lift * random.between(0.4, 2))} ${short(wave * 0.5)} 0t${short(wave * 0.5)} 0`;
    }
    const isCrest = row % 2 === 0;
    const color = isCrest ? mix(palette.sky[2], palette.disc, 0.25) : deep;
    canvas.add(
      path(commands, "none", {
        opacity: isCrest ? 0.1 + 0.16 * near : 0.3,
        more: `stroke="${color}" stroke-width="${short(Math.max(0.6, canvas.unit * (0.001 + 0.0045 * near)))}"`,
      }),
    );
  }

  const [lightX] = light.at;
  const shine = mix(palette.glow, palette.disc, 0.55);
  const spread = canvas.unit * 0.16;
  const count = canvas.unit < 128 ? 40 : 170;
  for (let index = 0; index < count; index += 1) {
    const near = (index / count) ** 1.35;
    const y = horizon + depth * (0.004 + 0.96 * near);
    const narrow = 0.25 + 0.75 * Math.abs(near - 0.12) ** 0.7;
    const x = lightX + (random.next() + random.next() + random.next() - 1.5) * spread * narrow * 1.3;
    const length = canvas.unit * (0.008 + 0.05 * near) * random.between(0.3, 1.3);
    canvas.add(
      ellipse([x, y], length, Math.max(0.4, canvas.unit * (0.0009 + 0.0032 * near)), shine, {
        opacity: (0.85 - 0.6 * near) * random.between(0.45, 1),
      }),
    );
  }
}

/** A boat under sail with its image in the water, `size` pixels tall. */
export function drawBoat(stage: Stage, light: Light, [x, y]: Point, size: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork("boat");
  const facing = random.chance(0.5) ? 1 : -1;
  const sail = mix("#fbf4e6", palette.sky[2], palette.isDark ? 0.42 : 0.08);
  const hull = mix(
    random.pick(["#7a3b2e", "#8c2f39", "#2d4a66", "#4a3326"]),
    palette.near,
    palette.isDark ? 0.55 : 0.15,
  );
  const at = (right: number, up: number): Point => [x + facing * right * size, y - up * size];
  const mirror = canvas.linear(
    [0, y],
    [0, y + size * 0.75],
    [
      [0, mix(sail, palette.near, 0.35), 0.5],
      [1, sail, 0],
    ],
  );
  canvas.add(polygon([at(0.05, -0.03), at(0.4, -0.04), at(0.07, -0.72), at(-0.32, -0.04)], mirror));
  const isLit = (light.at[0] - x) * facing > 0;
  canvas.add(
    path(
      `M${at(0.03, 0.98).map(short).join(" ")}Q${at(0.36, 0.55).map(short).join(" ")} ${at(0.44, 0.17).map(short).join(" ")}L${at(0.03, 0.15).map(short).join(" ")}Z`,
      isLit ? sail : mix(sail, palette.near, 0.22),
    ),
  );
  canvas.add(
    path(
      `M${at(-0.02, 0.92).map(short).join(" ")}Q${at(-0.1, 0.45).map(short).join(" ")} ${at(-0.34, 0.19).map(short).join(" ")}L${at(-0.02, 0.16).map(short).join(" ")}Z`,
      mix(sail, palette.near, isLit ? 0.25 : 0.08),
    ),
  );
  canvas.add(stroke([at(0, 1.02), at(0, 0.1)], mix("#4a3326", palette.near, 0.4), size * 0.018));
  canvas.add(
    path(
      `M${at(-0.44, 0.13).map(short).join(" ")}Q${at(0, 0.08).map(short).join(" ")} ${at(0.54, 0.15).map(short).join(" ")}Q${at(0.42, -0.02).map(short).join(" ")} ${at(0.3, -0.03).map(short).join(" ")}L${at(-0.32, -0.03).map(short).join(" ")}Q${at(-0.42, 0).map(short).join(" ")} ${at(-0.44, 0.13).map(short).join(" ")}Z`,
      hull,
    ),
  );
  canvas.add(stroke([at(-0.44, 0.125), at(0, 0.095), at(0.54, 0.145)], lighten(hull, 0.16), size * 0.014));
  canvas.add(
    stroke([at(-0.6, -0.045), at(0.66, -0.045)], mix(palette.disc, palette.sky[2], 0.4), size * 0.012, {
      opacity: 0.55,
    }),
  );
}
