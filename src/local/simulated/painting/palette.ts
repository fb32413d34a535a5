import type { Random } from "../random.ts";
import type { Brief, TimeOfDay } from "./brief.ts";
import { type Color, fromPolar, mix, mixHue, toPolar } from "./color.ts";

/** The colours of a picture. */
export interface Palette {
  readonly time: TimeOfDay;
  /** From the zenith down to the horizon. */
  readonly sky: readonly [Color, Color, Color, Color];
  /** What far things fade into. */
  readonly haze: Color;
  /** Sun or moon, and the light around it. */
  readonly disc: Color;
  readonly glow: Color;
  /** The nearest ground, in its own shadow. */
  readonly near: Color;
  /** Grass and leaves in the light of the hour. */
  readonly foliage: Color;
  /** Lit windows, lamps, flowers. */
  readonly accent: Color;
  readonly snow: Color;
  readonly isDark: boolean;
}

type Sky = readonly [Color, Color, Color, Color];
interface Mood {
  readonly sky: Sky;
  readonly near: Color;
  readonly disc: Color;
  readonly foliage: Color;
}

const moods: Readonly<Record<TimeOfDay, readonly [Mood, ...Mood[]]>> = {
  dawn: [
    { sky: ["#5f84ad", "#a3b4d3", "#f2c6c0", "#ffe9cf"], near: "#2b4152", disc: "#fff6e0", foliage: "#5d7f6e" },
    { sky: ["#46588c", "#8d84b8", "#f2a7a6", "#ffdfb3"], near: "#2a2848", disc: "#fff1cf", foliage: "#5d6d7e" },
    { sky: ["#6f9fb4", "#b4cfd0", "#f7d8b4", "#fff0d2"], near: "#2c4c57", disc: "#fffbea", foliage: "#6f9077" },
  ],
  day: [
    { sky: ["#2a78bd", "#6bb0e2", "#b5dcf0", "#eef7f2"], near: "#1d4a3a", disc: "#fffdf0", foliage: "#5f9e52" },
    { sky: ["#2f93c9", "#7fc6e6", "#c8eaf0", "#fdf6e3"], near: "#1f5346", disc: "#fffef5", foliage: "#76ab55" },
    { sky: ["#3f7ac0", "#86b2e0", "#cfe0ef", "#fbeee0"], near: "#25473f", disc: "#fff9e6", foliage: "#6d9a58" },
  ],
  sunset: [
    { sky: ["#33275a", "#a8406f", "#f2764b", "#ffd27c"], near: "#22132e", disc: "#fff2c4", foliage: "#6b6440" },
    { sky: ["#233c5e", "#7a587d", "#ee8a5a", "#fde28c"], near: "#1a1c2d", disc: "#fff6cf", foliage: "#6d7444" },
    { sky: ["#541f35", "#c4503d", "#f28d3b", "#ffd7a2"], near: "#290f1a", disc: "#fff0cc", foliage: "#7d6a36" },
  ],
  dusk: [
    { sky: ["#17183a", "#44315f", "#a8567f", "#f4a37c"], near: "#100e22", disc: "#ffe6bd", foliage: "#3c3b58" },
    { sky: ["#101f40", "#39497d", "#bf687b", "#ffc58e"], near: "#0b1325", disc: "#ffefcb", foliage: "#33455a" },
    { sky: ["#26183f", "#692c5e", "#cf495e", "#f89f68"], near: "#180d25", disc: "#ffe3b5", foliage: "#4d3450" },
    { sky: ["#0a2236", "#1f5270", "#8f879c", "#f7b78d"], near: "#06171f", disc: "#fff2d2", foliage: "#2b5254" },
  ],
  night: [
    { sky: ["#040a1e", "#0b1a3e", "#1b3567", "#44659a"], near: "#03060e", disc: "#f6f3e4", foliage: "#16304a" },
    { sky: ["#090720", "#1b1444", "#3a2a6e", "#7d5296"], near: "#060413", disc: "#fbf0e6", foliage: "#2a2450" },
    { sky: ["#03121b", "#082938", "#134f5e", "#3f8d8c"], near: "#020a10", disc: "#f2f7ea", foliage: "#103a40" },
  ],
};

/** How a colour becomes that of a mood: all colours of a palette go the same way. */
type Shift = (color: Color) => Color;

function createShift(brief: Brief, random: Random): Shift {
  const jitter = random.between(-10, 10);
  const hue = brief.tint;
  const loudness = brief.has("vivid") ? 1.35 : 1;
  return (color) => {
    const polar = toPolar(color);
    if (brief.has("monochrome")) {
      return fromPolar({ ...polar, chroma: Math.min(polar.chroma, 0.012) });
    }
    const turned = hue === undefined ? polar.hue + jitter : mixHue(polar.hue, hue, 0.7);
    const chroma = (hue === undefined ? polar.chroma : Math.max(polar.chroma, 0.05)) * loudness;
    return brief.has("pastel")
      ? fromPolar({ lightness: 0.34 + polar.lightness * 0.64, chroma: chroma * 0.72, hue: turned })
      : fromPolar({ lightness: polar.lightness, chroma, hue: turned });
  };
}

function chooseTime(brief: Brief, random: Random): TimeOfDay {
  if (brief.time !== undefined) {
    return brief.time;
  }
  if (brief.has("moon")) {
    return "night";
  }
  if (brief.scene === "city") {
    return random.pick(["night", "night", "dusk", "sunset"]);
  }
  if (brief.scene === "meadow" || brief.has("flowers")) {
    return random.pick(["day", "day", "dawn", "sunset"]);
  }
  return brief.has("winter")
    ? random.pick(["dawn", "day", "dusk", "night"])
    : random.pick(["dawn", "sunset", "dusk", "day"]);
}

/** The colours for a prompt, the details left to the seed. */
export function choosePalette(brief: Brief, random: Random): Palette {
  const time = chooseTime(brief, random);
  const mood = random.pick(moods[time]);
  const shift = createShift(brief, random);
  const dullness = brief.has("storm") || brief.has("rain") ? 0.45 : brief.has("fog") ? 0.25 : 0;
  const gloom = time === "night" ? "#232a36" : "#76808c";
  const dull = (color: Color) => mix(color, gloom, dullness);
  const [zenith, upper, lower, horizon] = mood.sky;
  const sky: Sky = [dull(shift(zenith)), dull(shift(upper)), dull(shift(lower)), dull(shift(horizon))];
  const isDark = time === "night" || time === "dusk";
  const season = brief.has("autumn") ? "#c4702f" : brief.has("blossom") ? "#d98fa8" : undefined;
  const foliage = season === undefined ? shift(mood.foliage) : mix(mood.foliage, season, isDark ? 0.35 : 0.7);
  const disc = brief.has("monochrome") ? "#f4f4f4" : mood.disc;
  return {
    time,
    sky,
    haze: mix(sky[3], sky[2], 0.35),
    disc,
    glow: mix(disc, sky[3], 0.45),
    near: shift(mood.near),
    foliage,
    accent: brief.has("monochrome") ? "#f0f0f0" : "#ffc868",
    snow: mix("#ffffff", sky[2], isDark ? 0.4 : 0.16),
    isDark,
  };
}

/** The colour of a layer of land: `depth` is 0 at the horizon and 1 right before us. */
export function layerColor(palette: Palette, depth: number): Color {
  return mix(palette.haze, palette.near, 0.12 + 0.88 * depth ** 1.15);
}
