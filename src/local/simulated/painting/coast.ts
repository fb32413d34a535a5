import type { Random } from "../random.ts";
import { ellipse, type Point, path, polygon, short } from "./canvas.ts";
import { mix } from "./color.ts";
import { createNoise } from "./noise.ts";
import { layerColor } from "./palette.ts";
import type { Light, Stage, Surface } from "./stage.ts";
import { columnsOf, landColor } from "./terrain.ts";

/** Land at the horizon that runs out into the sea. */
export function drawHeadland(stage: Stage, name: string, horizon: number, height: number, depth: number): void {
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

/** A palm that leans to a side, against the light. */
export function drawPalm(stage: Stage, name: string, [x, y]: Point, height: number, lean: number): void {
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

export interface Cliff {
  readonly surface: Surface;
  /** Where something may stand. */
  readonly top: Point;
}

/** A rock with grass on it that rises at one side of the picture, its foot in the water. */
export function drawCliff(stage: Stage, light: Light, side: number, reach: number, top: number, foot: number): Cliff {
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
export function drawBeach(stage: Stage): Surface {
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
