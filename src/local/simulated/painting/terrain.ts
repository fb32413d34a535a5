import type { Random } from "../random.ts";
import { type Point, path, polygon, short } from "./canvas.ts";
import { type Color, lighten, mix } from "./color.ts";
import { createNoise } from "./noise.ts";
import { layerColor } from "./palette.ts";
import type { Light, Stage, Surface } from "./stage.ts";

/** Points along the width, some 300 at most. */
export function columnsOf(width: number): number[] {
  const count = Math.max(24, Math.min(300, Math.round(width / 3)));
  return Array.from({ length: count + 1 }, (_, index) => (width * index) / count);
}

/** Rolling land: `height` pixels of swell about `y`, `frequency` hills across the shorter edge. */
export function createHills(
  stage: Stage,
  name: string,
  y: number,
  height: number,
  frequency: number,
  octaves = 3,
): Surface {
  const noise = createNoise(`${stage.seed}/hills/${name}`, octaves, 0.45);
  const offset = stage.random.fork(`hills/${name}`).between(0, 50);
  return (x) => y - height * (noise((x / stage.canvas.unit) * frequency + offset) - 0.5) * 1.8;
}

/** A layer of land from its surface to the bottom of the picture, fading into mist below. */
export function drawLand(stage: Stage, surface: Surface, color: Color, mist: number, reach = 0.22): void {
  const { canvas, palette } = stage;
  const crest = columnsOf(canvas.width).map((x): Point => [x, surface(x)]);
  const top = Math.min(...crest.map(([, y]) => y));
  const paint = canvas.linear(
    [0, top],
    [0, top + canvas.unit * reach],
    [
      [0, color],
      [1, mix(color, palette.haze, mist)],
    ],
  );
  canvas.add(polygon([...crest, [canvas.width, canvas.height], [0, canvas.height]], paint));
}

interface Peak {
  readonly x: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
}

interface Range {
  readonly surface: Surface;
  /** Draws it: rock, snow on the heights, shade on the sides away from the light. */
  readonly draw: (color: Color, snow: Color | undefined) => void;
}

/** A range of steep peaks that stands on `base`, the highest `height` pixels above it. */
export function createRange(
  stage: Stage,
  light: Light,
  name: string,
  base: number,
  height: number,
  count: number,
): Range {
  const { canvas, palette } = stage;
  const random = stage.random.fork(`range/${name}`);
  const noise = createNoise(`${stage.seed}/range/${name}`, 5, 0.55);
  const hero = random.integer(0, count - 1);
  const peaks = Array.from({ length: count }, (_, index): Peak => {
    const tall = height * (index === hero ? 1 : random.between(0.5, 0.82));
    return {
      x: canvas.width * ((index + random.between(0.2, 0.8)) / count),
      height: tall,
      left: random.between(0.85, 1.35),
      right: random.between(0.85, 1.35),
    };
  });
  const riseOf = (peak: Peak, x: number) => {
    const away = Math.abs(x - peak.x) / (x < peak.x ? peak.left : peak.right);
    // Steeper towards the top, as erosion leaves it.
    return peak.height - away + 0.12 * peak.height * Math.exp(-away / (0.2 * peak.height)) - 0.12 * peak.height;
  };
  const surface: Surface = (x) => {
    const rise = Math.max(...peaks.map((peak) => riseOf(peak, x)), height * 0.06);
    const rough = (noise((x / height) * 4.5 + 20) - 0.5) * height * 0.3;
    return base - rise - rough * Math.min(1, rise / (height * 0.4)) * 0.7;
  };
  const crest = columnsOf(canvas.width).map((x): Point => [x, surface(x)]);

  /** Slivers that run down from the crest: dark gullies, or ribs in the light. */
  const slivers = (detail: Random, side: number): string => {
    const commands: string[] = [];
    for (let x = 0; x < canvas.width; x += height * detail.between(0.02, 0.06)) {
      const peak = peaks.reduce((best, candidate) => (riseOf(candidate, x) > riseOf(best, x) ? candidate : best));
      const rise = Math.max(0, riseOf(peak, x));
      const fan = ((x - peak.x) / peak.height) * 0.75 + detail.between(-0.12, 0.12);
      const y = surface(x) + rise * detail.between(0, 0.3);
      const length = rise * detail.between(0.2, 0.62);
      const width = height * detail.between(0.012, 0.034) * side;
      const bend = height * detail.between(-0.02, 0.02);
      const [endX, endY] = [x + fan * length, y + length];
      commands.push(
        `M${short(x)} ${short(y)}L${short(x + fan * length * 0.45 + bend)} ${short(y + length * 0.45)}L${short(endX)} ${short(endY)}L${short(x + fan * length * 0.5 + bend + width * 1.4)} ${short(y + length * 0.62)}L${short(x + fan * length * 0.25 + width * 0.5)} ${short(y + length * 0.24)}Z`,
      );
    }
    return commands.join("");
  };

  const drawSnow = (detail: Random, snow: Color): void => {
    const line = base - height * detail.between(0.5, 0.58);
    const lower = crest.map(([x, y]): Point => {
      const tongue = Math.abs(noise((x / height) * 9 + 70) - 0.5) * 2;
      const wave = (noise((x / height) * 2 + 130) - 0.5) * height * 0.3;
      return [x, Math.max(y, line + wave + (0.5 - tongue) * height * 0.34)];
    });
    const cover = canvas.linear(
      [0, base - height],
      [0, base],
      [
        [0, snow],
        [0.75, mix(snow, palette.haze, 0.6)],
      ],
    );
    canvas.add(polygon([...crest, ...lower.reverse()], cover));
  };

  const drawShade = (detail: Random, color: Color): void => {
    const dark = mix(mix(color, palette.sky[0], 0.35), palette.near, 0.35);
    const shade = canvas.linear(
      [0, base - height],
      [0, base - height * 0.1],
      [
        [0, dark, 0.62],
        [1, dark, 0],
      ],
    );
    for (const peak of peaks) {
      const sign = light.at[0] < peak.x ? 1 : -1;
      const isOwn = ([x]: Point) =>
        (x - peak.x) * sign > 0 && peaks.every((other) => riseOf(other, x) <= riseOf(peak, x));
      const side = crest.filter((point) => isOwn(point) && riseOf(peak, point[0]) > 0);
      const ordered = sign > 0 ? side : side.reverse();
      const top: Point = [peak.x, surface(peak.x)];
      const drift = -sign * peak.height * detail.between(-0.06, 0.24);
      const line = Array.from({ length: 10 }, (_, index): Point => {
        const amount = (index + 1) / 10;
        const sway = (index % 2 === 0 ? 1 : -1) * peak.height * detail.between(0.01, 0.05) * (0.4 + amount);
        return [peak.x + drift * amount + sway, top[1] + (base - top[1]) * amount];
      });
      canvas.add(polygon([top, ...ordered, ...line.reverse()], shade));
    }
    const side = light.at[0] < canvas.width / 2 ? 1 : -1;
    canvas.add(path(slivers(detail.fork("gullies"), side), shade, { opacity: 0.8 }));
  };

  const draw = (color: Color, snow: Color | undefined): void => {
    const detail = random.fork("detail");
    const paint = canvas.linear(
      [0, base - height],
      [0, base],
      [
        [0, color],
        [0.55, mix(color, palette.haze, 0.12)],
        [1, mix(color, palette.haze, 0.6)],
      ],
    );
    canvas.add(polygon([...crest, [canvas.width, canvas.height], [0, canvas.height]], paint));
    if (snow !== undefined) {
      drawSnow(detail, snow);
    }
    const lit = mix(snow ?? lighten(color, 0.1), palette.glow, 0.3);
    const rib = canvas.linear(
      [0, base - height],
      [0, base - height * 0.2],
      [
        [0, lit, 0.5],
        [1, lit, 0],
      ],
    );
    canvas.add(path(slivers(detail.fork("ribs"), light.at[0] < canvas.width / 2 ? -1 : 1), rib));
    drawShade(detail, color);
  };
  return { surface, draw };
}

/** The commands of a conifer's outline: jagged tiers over a short trunk. */
function conifer(random: Random, [x, y]: Point, height: number, slimness = 0.2): string {
  const tiers = height < 14 ? 3 : height < 60 ? 6 : 10;
  const half = height * slimness;
  const right: Point[] = [];
  const left: Point[] = [];
  for (let tier = 1; tier <= tiers; tier += 1) {
    const amount = tier / tiers;
    const down = y - height + height * 0.93 * amount;
    const notch = (height / tiers) * 0.22;
    for (const [side, points] of [
      [1, right],
      [-1, left],
    ] as const) {
      const reach = half * amount ** 0.85 * random.between(0.78, 1.14);
      const droop = notch * random.between(-0.4, 0.5);
      points.push([x + side * reach, down + droop], [x + side * reach * random.between(0.38, 0.55), down - notch]);
    }
  }
  const trunk = Math.max(0.5, height * 0.022);
  const points: Point[] = [
    [x, y - height],
    ...right,
    [x + trunk, y - height * 0.08],
    [x + trunk, y + height * 0.03],
    [x - trunk, y + height * 0.03],
    [x - trunk, y - height * 0.08],
    ...left.reverse(),
  ];
  return `${points.map(([px, py], index) => `${index === 0 ? "M" : "L"}${short(px)} ${short(py)}`).join("")}Z`;
}

/**
 * A row of conifers on a surface. `density` is how many stand in a width of their own height, and `bareness` from 0 to 1
 * how much of the ground they leave free.
 */
export function drawConifers(
  stage: Stage,
  name: string,
  surface: Surface,
  height: number,
  density: number,
  color: Color,
  keep: (x: number) => boolean = () => true,
  bareness = 0.36,
): void {
  const { canvas, brief, palette } = stage;
  const random = stage.random.fork(`conifers/${name}`);
  const gap = height / density;
  const commands: string[] = [];
  const tips: string[] = [];
  const groves = createNoise(`${stage.seed}/groves/${name}`, 2, 0.5);
  for (let x = -gap; x < canvas.width + gap; x += gap * random.between(0.4, 1.6)) {
    const grove = groves((x / height) * 0.22);
    const tall = height * random.between(0.55, 1.05) * (0.55 + 0.7 * grove);
    if (keep(x) && grove > bareness) {
      const root: Point = [x, surface(Math.min(canvas.width, Math.max(0, x))) + tall * 0.05];
      commands.push(conifer(random, root, tall, random.between(0.17, 0.23)));
      tips.push(conifer(random, [x, root[1] - tall * 0.3], tall * 0.7, 0.12));
    }
  }
  canvas.add(path(commands.join(""), color));
  if (brief.has("winter")) {
    canvas.add(path(tips.join(""), mix(color, palette.snow, 0.75), { opacity: 0.7 }));
  }
}

/** A broad-leaved tree: a forked trunk, a crown of leaf clusters, and light on the side of the sun. */
export function broadleaf(
  random: Random,
  [x, y]: Point,
  height: number,
  colors: { trunk: Color; crown: Color; light: Color },
  lightSide: number,
): string {
  const radius = height * 0.34;
  const center: Point = [x, y - height * 0.64];
  const isSmall = height < 60;
  const cluster = (
    count: number,
    reach: number,
    size: number,
    accept: (across: number, down: number) => boolean,
  ): string => {
    const commands: (readonly [number, number, number])[] = [];
    for (let index = 0; index < count; index += 1) {
      const angle = random.between(0, Math.PI * 2);
      const away = Math.sqrt(random.next()) * reach;
      const [across, down] = [Math.cos(angle) * away * 1.12, Math.sin(angle) * away * 0.84];
      if (accept(across, down)) {
        commands.push([
          center[0] + across * radius,
          center[1] + down * radius,
          radius * size * random.between(0.7, 1.25),
        ]);
      }
    }
    return commands.map(([cx, cy, r]) => `<circle cx="${short(cx)}" cy="${short(cy)}" r="${short(r)}"/>`).join("");
  };
  const width = height * 0.035;
  const at = (right: number, up: number) => `${short(x + right * width)} ${short(y - up * height)}`;
  const trunk = `<path d="M${at(-1.5, -0.02)}Q${at(-0.5, 0.1)} ${at(-0.6, 0.3)}L${at(-3.6, 0.6)}L${at(-2.9, 0.62)}L${at(-0.2, 0.4)}L${at(0.1, 0.66)}L${at(0.5, 0.4)}L${at(3.2, 0.58)}L${at(3.7, 0.56)}L${at(0.7, 0.28)}Q${at(0.6, 0.1)} ${at(1.6, -0.02)}Z" fill="${colors.trunk}"/>`;
  const shade = mix(colors.crown, colors.trunk, 0.38);
  const dark = cluster(isSmall ? 14 : 46, 0.86, isSmall ? 0.36 : 0.24, () => true);
  const main = cluster(
    isSmall ? 10 : 44,
    0.8,
    isSmall ? 0.3 : 0.19,
    (across, down) => across * lightSide - down > -0.5,
  );
  const lit = cluster(isSmall ? 9 : 46, 0.86, isSmall ? 0.2 : 0.12, (across, down) => across * lightSide - down > 0.1);
  const glint = isSmall ? "" : cluster(44, 0.9, 0.065, (across, down) => across * lightSide - down > 0.32);
  return `${trunk}<g fill="${shade}">${dark}</g><g fill="${colors.crown}">${main}</g><g fill="${mix(colors.crown, colors.light, 0.28)}">${lit}</g><g fill="${mix(colors.crown, colors.light, 0.55)}" fill-opacity="0.75">${glint}</g>`;
}

/** The colour of land at a depth, with as much of the hour's green as the light lets one see. */
export function landColor(stage: Stage, depth: number, greenness: number): Color {
  const { palette, brief } = stage;
  const bare = layerColor(palette, depth);
  const green = mix(
    bare,
    mix(palette.haze, palette.foliage, 0.35 + 0.65 * depth),
    palette.isDark ? greenness * 0.45 : greenness,
  );
  return brief.has("winter") ? mix(green, palette.snow, 0.72 - 0.18 * depth) : green;
}
