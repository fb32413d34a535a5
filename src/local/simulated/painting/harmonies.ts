import { type Color, fromPolar, toPolar } from "./color.ts";
import type { Stage } from "./stage.ts";

/** Five colours, the ground first and the brightest accent last. */
export type Colors = readonly [Color, Color, Color, Color, Color];

/** Colours that go together. */
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
export function chooseColors(stage: Stage): Colors {
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
