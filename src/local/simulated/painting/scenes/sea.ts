import type { Random } from "../../random.ts";
import { drawHouse, drawLighthouse } from "../buildings.ts";
import { ellipse, type Point, path, polygon, rectangle, short, stroke } from "../canvas.ts";
import { drawMist } from "../clouds.ts";
import { lighten, mix } from "../color.ts";
import { createNoise } from "../noise.ts";
import { layerColor } from "../palette.ts";
import { drawBirds, drawSky, placeLight } from "../sky.ts";
import type { Light, Setting, Stage, Surface } from "../stage.ts";
import { columnsOf, landColor } from "../terrain.ts";

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

/** Land at the horizon that runs out into the sea. */
function drawHeadland(stage: Stage, name: string, horizon: number, height: number, depth: number): void {
  const { canvas } = stage;
  const random = stage.random.fork(`headland/${name}`);
  const noise = createNoise(`${stage.seed}/headland/${name}`, 4, 0.5);
  const [center, reach] = [random.between(-0.1, 1.1) * canvas.width, canvas.unit * random.between(0.3, 0.7)];
  const crest = columnsOf(canvas.width).map((x): Point => {
    const envelope = Math.max(0, 1 - ((x - center) / reach) ** 2);
    return [x, horizon - height * envelope ** 0.7 * (0.35 + noise((x / canvas.unit) * 5))];
  });
  canvas.add(
    polygon(
      [[0, horizon], ...crest, [canvas.width, horizon]],
      canvas.linear(
        [0, horizon - height],
        [0, horizon],
        [
          [0, layerColor(stage.palette, depth)],
          [1, layerColor(stage.palette, depth * 0.5)],
        ],
      ),
    ),
  );
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

/** A palm that leans to a side, against the light. */
function drawPalm(stage: Stage, name: string, [x, y]: Point, height: number, lean: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork(`palm/${name}`);
  const top: Point = [x + lean * height * random.between(0.18, 0.34), y - height];
  const trunk = mix("#6b4a33", palette.near, palette.isDark ? 0.8 : 0.45);
  const leaf = mix(palette.foliage, palette.near, palette.isDark ? 0.8 : 0.5);
  const [wide, narrow] = [height * 0.028, height * 0.014];
  const bend = x + lean * height * 0.02;
  canvas.add(
    path(
      `M${short(x - wide)} ${short(y)}Q${short(bend - narrow)} ${short(y - height * 0.6)} ${short(top[0] - narrow)} ${short(top[1])}L${short(top[0] + narrow)} ${short(top[1])}Q${short(bend + wide)} ${short(y - height * 0.55)} ${short(x + wide)} ${short(y)}Z`,
      trunk,
    ),
  );
  for (let frond = 0; frond < 11; frond += 1) {
    const angle = -Math.PI * (-0.12 + (1.24 * frond) / 10) + random.between(-0.12, 0.12);
    const length = height * random.between(0.3, 0.42);
    const [across, up] = [Math.cos(angle) * length, Math.sin(angle) * length];
    const tip: Point = [top[0] + across, top[1] + up * 0.6 + length * 0.3];
    const ribs: Point[] = [];
    const back: Point[] = [];
    for (let step = 0; step <= 14; step += 1) {
      const amount = step / 14;
      const rib: Point = [
        top[0] + across * amount,
        top[1] + up * 0.6 * amount - Math.sin(Math.PI * amount) * length * 0.16 + length * 0.3 * amount ** 2,
      ];
      ribs.push(rib);
      const droop = length * 0.15 * Math.sin(Math.PI * (0.12 + amount * 0.86)) * (step % 2 === 0 ? 1 : 0.5);
      back.push([rib[0] - across * 0.03, rib[1] + droop]);
    }
    canvas.add(polygon([...ribs, tip, ...back.reverse()], frond % 2 === 0 ? leaf : mix(leaf, palette.glow, 0.12)));
  }
}

interface Cliff {
  readonly surface: Surface;
  /** Where something may stand. */
  readonly top: Point;
}

/** A rock with grass on it that rises at one side of the picture, its foot in the water. */
function drawCliff(stage: Stage, light: Light, side: number, reach: number, top: number, foot: number): Cliff {
  const { canvas, palette } = stage;
  const random: Random = stage.random.fork("cliff");
  const noise = createNoise(`${stage.seed}/cliff`, 4, 0.5);
  const { width, unit } = canvas;
  const inward = (amount: number) => (side < 0 ? amount * reach : width - amount * reach);
  const edge = 0.78;
  const surface: Surface = (x) => {
    const amount = (side < 0 ? x : width - x) / reach;
    const fall =
      amount < edge ? 0.05 * unit * (amount / edge) ** 3 : 0.05 * unit + ((foot - top) * (amount - edge)) / (1 - edge);
    return top + fall + (noise((x / unit) * 7) - 0.5) * unit * 0.035 * (amount < edge ? 0.6 : 1.6);
  };
  const outline = Array.from({ length: 90 }, (_, index): Point => {
    const x = inward(index / 89);
    return [x, Math.min(surface(x), foot)];
  });
  const corner: Point = [side < 0 ? 0 : width, canvas.height];
  const isLit = side < 0 ? light.at[0] > inward(0.5) : light.at[0] < inward(0.5);
  const rock = mix(layerColor(palette, 0.86), "#5a4a48", palette.isDark ? 0.12 : 0.35);
  const base: Point[] = [
    [inward(1.03), foot + unit * 0.015],
    [inward(1), foot + unit * 0.05],
    [inward(1.02), foot + unit * 0.1],
    [inward(0.96), canvas.height],
  ];
  canvas.add(
    polygon(
      [...outline, ...base, corner],
      canvas.linear(
        [inward(1.02), 0],
        [inward(0), 0],
        [
          [0, isLit ? mix(rock, palette.glow, palette.isDark ? 0.22 : 0.3) : rock],
          [0.35, rock],
          [1, mix(rock, palette.near, 0.6)],
        ],
      ),
    ),
  );
  const cracks = (name: string, lean: number): string => {
    const detail = random.fork(name);
    const commands: string[] = [];
    for (let index = 0; index < 46; index += 1) {
      const x = inward(detail.between(0.02, 1));
      const y = surface(x) + unit * 0.03 + detail.next() ** 1.6 * (canvas.height - top) * 0.75;
      const [wide, tall] = [unit * detail.between(0.004, 0.016) * lean, unit * detail.between(0.05, 0.17)];
      const slant = -side * tall * detail.between(0.02, 0.2);
      commands.push(
        `M${short(x)} ${short(y)}l${short(slant * 0.5 + wide)} ${short(tall * 0.3)}l${short(slant * 0.5 - wide * 0.4)} ${short(tall * 0.7)}l${short(-slant * 0.4 - wide * 1.2)} ${short(-tall * 0.55)}z`,
      );
    }
    return commands.join("");
  };
  canvas.add(path(cracks("shade", side), mix(rock, palette.near, 0.8), { opacity: 0.42 }));
  canvas.add(path(cracks("light", -side), mix(rock, palette.glow, isLit ? 0.4 : 0.15), { opacity: 0.16 }));
  const grass = landColor(stage, 0.92, 0.75);
  const turf = outline.filter((_, index) => index / 89 < edge + 0.05);
  const under = turf.map(
    ([x, y], index): Point => [x, y + unit * (0.014 + 0.03 * noise((x / unit) * 26 + 9)) * (1 - index / 110)],
  );
  canvas.add(
    polygon(
      [...turf, ...under.reverse()],
      canvas.linear(
        [0, top - unit * 0.02],
        [0, top + unit * 0.07],
        [
          [0, mix(grass, palette.glow, 0.22)],
          [1, mix(grass, palette.near, 0.3)],
        ],
      ),
    ),
  );
  canvas.add(
    polygon(
      [
        ...outline.slice(0, 60).map(([x, y]): Point => [x, y + unit * 0.03]),
        ...outline
          .slice(0, 60)
          .reverse()
          .map(([x, y]): Point => [x, y + unit * 0.012]),
      ],
      mix(grass, palette.near, 0.5),
      { opacity: 0.5 },
    ),
  );
  for (let index = 0; index < 11; index += 1) {
    const amount = random.between(0.94, 1.2);
    const [x, y] = [inward(amount), foot + unit * random.between(0.02, 0.24)];
    const size = unit * random.between(0.012, 0.04);
    canvas.add(
      path(
        `M${short(x - size)} ${short(y)}L${short(x - size * 0.6)} ${short(y - size * 0.6)}L${short(x - size * 0.1)} ${short(y - size * 0.85)}L${short(x + size * 0.6)} ${short(y - size * 0.45)}L${short(x + size)} ${short(y)}Z`,
        mix(rock, palette.near, random.between(0.3, 0.7)),
      ),
    );
    canvas.add(ellipse([x, y], size * 1.35, size * 0.13, mix("#ffffff", palette.sky[2], 0.4), { opacity: 0.5 }));
  }
  const stand = inward(0.47);
  return { surface, top: [stand, surface(stand)] };
}

/** The beach in front of the sea: foam, wet sand and dry sand. */
function drawBeach(stage: Stage): Surface {
  const { canvas, palette } = stage;
  const noise = createNoise(`${stage.seed}/beach`, 3, 0.5);
  const sand = mix(mix("#e6c99a", palette.haze, 0.25), palette.near, palette.isDark ? 0.6 : 0.08);
  const line =
    (shift: number): Surface =>
    (x) =>
      canvas.height * (0.87 + shift) + (noise((x / canvas.unit) * 1.6) - 0.5) * canvas.unit * 0.16;
  const layers: readonly (readonly [number, string, number])[] = [
    [-0.022, mix("#ffffff", palette.sky[2], 0.3), 0.55],
    [-0.012, mix(sand, palette.sky[1], 0.45), 1],
    [0.006, mix("#ffffff", palette.sky[2], 0.2), 0.75],
    [0.016, mix(sand, palette.near, 0.3), 1],
    [0.045, sand, 1],
  ];
  for (const [shift, color, opacity] of layers) {
    const surface = line(shift);
    const crest = columnsOf(canvas.width).map(
      (x): Point => [x, surface(x) + (noise((x / canvas.unit) * 9 + shift * 900) - 0.5) * canvas.unit * 0.014],
    );
    canvas.add(polygon([...crest, [canvas.width, canvas.height], [0, canvas.height]], color, { opacity }));
  }
  return line(0.06);
}

/** The open sea: with a lighthouse on a cliff, a boat, or a beach, as the prompt or the seed has it. */
export function drawSeascape(stage: Stage): Setting {
  const { canvas, brief } = stage;
  const random = stage.random.fork("seascape");
  const { width, height, unit } = canvas;
  const horizon = height * random.between(0.57, 0.63);
  const light = placeLight(stage, horizon);
  drawSky(stage, horizon, light);
  drawHeadland(stage, "far", horizon, unit * random.between(0.05, 0.11), 0.22);
  drawHeadland(stage, "near", horizon, unit * random.between(0.04, 0.09), 0.38);
  drawBirds(stage, horizon);
  drawSea(stage, light, horizon);
  drawMist(stage, "sea", horizon, unit * 0.1, 0.55);

  const hasLighthouse = brief.has("lighthouse");
  const lightSide = light.at[0] < width / 2 ? -1 : 1;
  const hasFigure = brief.has("cat") || brief.has("dog") || brief.has("robot");
  if (brief.has("boat") || (!hasFigure && !brief.rejects("boat") && random.chance(hasLighthouse ? 0.55 : 0.7))) {
    const x = width * (hasLighthouse ? 0.5 + lightSide * random.between(0.12, 0.3) : random.between(0.25, 0.75));
    const isMain = brief.has("boat") && !hasLighthouse;
    const size = unit * (isMain ? random.between(0.26, 0.32) : random.between(0.06, 0.1));
    drawBoat(
      stage,
      light,
      [x, horizon + (height - horizon) * (isMain ? random.between(0.3, 0.42) : random.between(0.1, 0.2))],
      size,
    );
  }
  if (hasLighthouse) {
    const cliff = drawCliff(
      stage,
      light,
      -lightSide,
      Math.min(width * 0.62, unit * 0.72),
      horizon + unit * random.between(-0.02, 0.05),
      horizon + (height - horizon) * 0.62,
    );
    const [x, y] = cliff.top;
    const house = x - lightSide * unit * random.between(0.13, 0.16);
    if (unit >= 128 && !brief.rejects("house")) {
      drawHouse(stage, light, [house, cliff.surface(house) + unit * 0.012], unit * 0.13);
    }
    drawLighthouse(stage, light, [x, y + unit * 0.01], Math.min(unit * 0.62, y * 0.86));
    return { light, ground: cliff.surface };
  }
  const hasBeach = ["beach", "house", "cat", "dog"] as const;
  if (!random.chance(0.4) && !hasBeach.some((feature) => brief.has(feature))) {
    return { light, ground: undefined };
  }
  const beach = drawBeach(stage);
  if (brief.has("beach") && !brief.has("winter")) {
    const x = lightSide < 0 ? width * random.between(0.78, 0.9) : width * random.between(0.1, 0.22);
    drawPalm(stage, "tall", [x, beach(x) + unit * 0.03], unit * random.between(0.5, 0.62), lightSide);
    drawPalm(
      stage,
      "small",
      [x - lightSide * unit * 0.09, beach(x) + unit * 0.05],
      unit * random.between(0.32, 0.42),
      -lightSide,
    );
  }
  return { light, ground: beach };
}
