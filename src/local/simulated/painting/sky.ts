import type { Brief } from "./brief.ts";
import { circle, dots, path, polygon, rectangle, short, stroke } from "./canvas.ts";
import { drawClouds, makeTexture, smooth } from "./clouds.ts";
import { lighten, mix } from "./color.ts";
import { createNoise } from "./noise.ts";
import type { Light, Stage } from "./stage.ts";

/** Puts sun or moon where it suits the hour: low at dusk and dawn, high by day and night. */
export function placeLight(stage: Stage, horizon: number): Light {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("light");
  const side = random.chance(0.5) ? random.between(0.2, 0.38) : random.between(0.62, 0.8);
  const x = (palette.time === "sunset" && random.chance(0.5) ? random.between(0.4, 0.6) : side) * canvas.width;
  const lift = {
    dawn: random.between(0.12, 0.3),
    day: random.between(0.62, 0.78),
    sunset: random.between(0.1, 0.26),
    dusk: random.between(0.06, 0.2),
    night: random.between(0.55, 0.75),
  }[palette.time];
  const isGiant = brief.has("vivid") || random.chance(0.2);
  const size = palette.time === "night" ? 0.05 : palette.time === "day" ? 0.045 : 0.07;
  const radius =
    canvas.unit * size * (isGiant && palette.time !== "day" ? random.between(1.6, 2) : random.between(0.85, 1.15));
  return { at: [x, Math.max(radius * 1.5, horizon * (1 - lift))], radius };
}

function drawStars(stage: Stage, height: number): void {
  const { canvas, palette } = stage;
  const random = stage.random.fork("stars");
  const isNight = palette.time === "night";
  const area = (canvas.width * height) / canvas.unit ** 2;
  const count = Math.round((isNight ? 330 : 90) * area * (canvas.unit < 200 ? 0.3 : 1));
  const sizes = [0.0007, 0.0011, 0.0018] as const;
  const groups: [number, number, number][][] = [[], [], []];
  for (let index = 0; index < count; index += 1) {
    const which = random.chance(0.7) ? 0 : random.chance(0.75) ? 1 : 2;
    const down = random.next() ** (isNight ? 1.2 : 2.4);
    const radius = Math.max(0.35, canvas.unit * (sizes[which] ?? 0.001) * random.between(0.8, 1.2));
    groups[which]?.push([random.between(0, canvas.width), down * height * 0.95, radius]);
  }
  const opacities = [0.55, 0.8, 1];
  groups.forEach((group, index) => {
    canvas.add(
      dots(group, index === 1 ? mix("#ffffff", palette.accent, 0.25) : "#ffffff", { opacity: opacities[index] ?? 1 }),
    );
  });
}

/** The band of the Milky Way, slanting over the sky. */
function drawMilkyWay(stage: Stage, height: number): void {
  const { canvas, palette, seed } = stage;
  const noise = createNoise(`${seed}/milky-way`, 5, 0.55);
  const random = stage.random.fork("milky-way");
  const slope = random.between(0.5, 1.1) * (random.chance(0.5) ? 1 : -1);
  const offset = random.between(0.35, 0.65);
  const texture = makeTexture(
    canvas,
    { width: canvas.width, height },
    [palette.sky[3], mix("#ffffff", palette.sky[3], 0.25)],
    (x, y) => {
      const distance = Math.abs(y - 0.5 - slope * (x - offset)) / Math.hypot(1, slope);
      const cloud = noise(x * 6 + 3, y * 6 + 3);
      const band = Math.exp(-((distance / 0.17) ** 2));
      return [cloud, band * smooth(0.3, 0.75, cloud) * 0.6 * (1 - smooth(0.6, 1, y))];
    },
  );
  canvas.place(texture, { x: 0, y: 0, width: canvas.width, height }, 0.85);
}

function drawAurora(stage: Stage, height: number): void {
  const { canvas, seed, palette } = stage;
  const noise = createNoise(`${seed}/aurora`, 4, 0.5);
  const low = palette.time === "day" ? "#8ff0c8" : "#45e6a4";
  const texture = makeTexture(canvas, { width: canvas.width, height }, [low, "#9a6bf0"], (x, y) => {
    const curtain = (shift: number) => {
      const bottom = 0.5 + shift + 0.34 * (noise(x * 2.4 + shift * 40, 1) - 0.5);
      const above = bottom - y;
      const ray = 0.55 + 0.45 * noise(x * 26 + shift * 90, 7);
      return above < 0 ? Math.exp(above * 40) * ray : Math.exp(-above * 4.2) * ray;
    };
    const glow = Math.max(curtain(0.12), curtain(-0.14) * 0.7);
    return [1 - smooth(0.25, 0.85, glow), glow * 0.85 * (1 - smooth(0.85, 1, y))];
  });
  canvas.place(texture, { x: 0, y: 0, width: canvas.width, height }, 0.95);
}

function drawMoon(stage: Stage, light: Light): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("moon");
  const { radius } = light;
  const [x, y] = light.at;
  if (brief.has("crescent") || random.chance(0.3)) {
    const reach = short(radius * 1.15);
    const size = short(radius);
    canvas.add(
      path(
        `M${short(x)} ${short(y - radius)}A${size} ${size} 0 1 1 ${short(x)} ${short(y + radius)}A${reach} ${reach} 0 0 0 ${short(x)} ${short(y - radius)}Z`,
        palette.disc,
        {
          more: `transform="rotate(${random.integer(-35, 15)} ${short(x)} ${short(y)})"`,
        },
      ),
    );
    return;
  }
  canvas.add(
    circle(
      light.at,
      radius,
      canvas.radial([x - radius * 0.3, y - radius * 0.3], radius * 1.5, [
        [0, "#fffdf5"],
        [1, mix(palette.disc, palette.sky[2], 0.22)],
      ]),
    ),
  );
  const craters = Array.from({ length: 7 }, (): [number, number, number] => {
    const angle = random.between(0, Math.PI * 2);
    const away = radius * random.between(0.1, 0.68);
    return [x + away * Math.cos(angle), y + away * Math.sin(angle), radius * random.between(0.07, 0.2)];
  });
  canvas.add(dots(craters, mix(palette.disc, palette.sky[2], 0.4), { opacity: 0.32 }));
}

function drawDisc(stage: Stage, light: Light): void {
  const { canvas, palette } = stage;
  const [x, y] = light.at;
  const wide = canvas.unit * (palette.time === "night" ? 0.42 : 0.8);
  const bright = palette.time === "night" ? 0.32 : 0.62;
  const fade = (radius: number, opacity: number) =>
    canvas.add(
      circle(
        light.at,
        radius,
        canvas.radial([x, y], radius, [
          [0, palette.glow, opacity],
          [0.2, palette.glow, opacity * 0.58],
          [0.45, palette.glow, opacity * 0.22],
          [0.7, palette.glow, opacity * 0.06],
          [1, palette.glow, 0],
        ]),
      ),
    );
  fade(wide, bright);
  fade(light.radius * 3, bright * 0.9);
  if (palette.time === "night") {
    drawMoon(stage, light);
  } else {
    canvas.add(
      circle(
        light.at,
        light.radius,
        canvas.radial([x, y], light.radius, [
          [0, "#ffffff"],
          [0.75, palette.disc],
          [1, mix(palette.disc, palette.glow, 0.4)],
        ]),
      ),
    );
  }
}

function drawRainbow(stage: Stage, horizon: number): void {
  const { canvas } = stage;
  const radius = Math.min(canvas.width * 0.62, horizon * 0.95);
  const colors = ["#7a4fd0", "#3f7fe0", "#3fb56a", "#f2dd55", "#f29a3f", "#e0483f"];
  const thickness = radius * 0.02;
  colors.forEach((color, index) => {
    canvas.add(
      circle([canvas.width * 0.5, horizon * 1.02], radius + index * thickness, "none", {
        opacity: 0.38,
        more: `stroke="${color}" stroke-width="${short(thickness * 1.4)}"`,
      }),
    );
  });
}

function cloudCover(brief: Brief, chance: number): number {
  if (brief.has("storm") || brief.has("rain")) {
    return 0.95;
  }
  if (brief.has("clouds")) {
    return 0.8;
  }
  return brief.has("aurora") || brief.rejects("clouds") ? 0 : chance;
}

/** The sky down to a little below the horizon, with all that is in it. */
export function drawSky(stage: Stage, horizon: number, light: Light): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("sky");
  const [zenith, upper, lower, low] = palette.sky;
  const middle = random.between(0.34, 0.46);
  canvas.add(
    rectangle(
      0,
      0,
      canvas.width,
      canvas.height,
      canvas.linear(
        [0, 0],
        [0, horizon],
        [
          [0, zenith],
          [middle, upper],
          [random.between(0.7, 0.8), lower],
          [1, low],
        ],
      ),
    ),
  );
  const isOvercast = brief.has("storm") || brief.has("rain");
  if (palette.isDark && !isOvercast) {
    drawStars(stage, horizon);
  }
  if (palette.time === "night" && !isOvercast && !brief.has("moon") && random.chance(0.6)) {
    drawMilkyWay(stage, horizon);
  }
  if (brief.has("aurora")) {
    drawAurora(stage, horizon);
  }
  drawDisc(stage, light);
  if (brief.has("rainbow")) {
    drawRainbow(stage, horizon);
  }
  const cover = cloudCover(brief, random.between(0.25, palette.time === "night" ? 0.4 : 0.62));
  if (cover > 0) {
    drawClouds(stage, light, horizon * 1.02, cover);
  }
}

/** A flock of birds, each two strokes of a wing. */
export function drawBirds(stage: Stage, horizon: number): void {
  const { canvas, palette, brief } = stage;
  const random = stage.random.fork("birds");
  if (canvas.unit < 160 || brief.rejects("birds")) {
    return;
  }
  const [x, y] = [random.between(0.2, 0.75) * canvas.width, random.between(0.3, 0.62) * horizon];
  const color = mix(palette.near, palette.sky[1], 0.25);
  const count = random.integer(4, 8) * (brief.has("birds") ? 3 : 1);
  for (let index = 0; index < count; index += 1) {
    const size = canvas.unit * random.between(0.008, 0.016);
    const [left, top] = [x + random.between(-0.14, 0.14) * canvas.unit, y + random.between(-0.06, 0.06) * canvas.unit];
    const lift = size * random.between(0.35, 0.7);
    canvas.add(
      path(
        `M${short(left - size)} ${short(top - lift)}q${short(size * 0.6)} ${short(-lift * 0.2)} ${short(size)} ${short(lift)}q${short(size * 0.4)} ${short(-lift * 1.2)} ${short(size)} ${short(-lift)}`,
        "none",
        { more: `stroke="${color}" stroke-width="${short(Math.max(0.8, size * 0.14))}" stroke-linecap="round"` },
      ),
    );
  }
}

/** Rain, snow or lightning over the finished picture. */
export function drawWeather(stage: Stage, horizon: number): void {
  const { canvas, brief, palette } = stage;
  const random = stage.random.fork("weather");
  const area = (canvas.width * canvas.height) / canvas.unit ** 2;
  if (brief.has("storm") && canvas.unit >= 128) {
    let [x, y] = [random.between(0.25, 0.75) * canvas.width, 0];
    const bolt: [number, number][] = [[x, y]];
    while (y < horizon) {
      x += random.between(-0.035, 0.035) * canvas.unit;
      y += random.between(0.02, 0.06) * canvas.unit;
      bolt.push([x, Math.min(y, horizon)]);
    }
    canvas.add(stroke(bolt, "#dfe8ff", canvas.unit * 0.012, { opacity: 0.2 }));
    canvas.add(stroke(bolt, "#ffffff", canvas.unit * 0.0035, { opacity: 0.9 }));
  }
  if (brief.has("rain")) {
    for (let index = 0; index < 260 * area; index += 1) {
      const [x, y] = [random.between(-0.05, 1.05) * canvas.width, random.between(-0.05, 1) * canvas.height];
      const length = canvas.unit * random.between(0.015, 0.05);
      canvas.add(
        stroke(
          [
            [x, y],
            [x - length * 0.22, y + length],
          ],
          lighten(palette.haze, 0.15),
          Math.max(0.5, canvas.unit * 0.0011),
          { opacity: random.between(0.15, 0.45) },
        ),
      );
    }
  }
  if (brief.has("winter") && !brief.has("aurora")) {
    const flakes = Array.from({ length: Math.round(200 * area) }, (): [number, number, number] => [
      random.between(0, canvas.width),
      random.between(0, canvas.height),
      Math.max(0.5, canvas.unit * 0.0045 * random.next() ** 2.2 + canvas.unit * 0.0011),
    ]);
    canvas.add(dots(flakes, "#ffffff", { opacity: 0.75 }));
  }
}

/** A darker frame, so that the eye stays in the picture. */
export function drawVignette(stage: Stage): void {
  const { canvas, palette } = stage;
  const radius = Math.hypot(canvas.width, canvas.height) / 2;
  const paint = canvas.radial([canvas.width / 2, canvas.height * 0.48], radius, [
    [0, palette.near, 0],
    [0.62, palette.near, 0],
    [1, palette.near, palette.isDark ? 0.42 : 0.24],
  ]);
  canvas.add(
    polygon(
      [
        [0, 0],
        [canvas.width, 0],
        [canvas.width, canvas.height],
        [0, canvas.height],
      ],
      paint,
    ),
  );
}
