/** A colour as `#rrggbb`. */
export type Color = string;

/** Lightness 0 to 1, chroma from 0, hue in degrees. */
interface Polar {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

type Triple = readonly [number, number, number];

function toLinear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

function fromLinear(channel: number): number {
  return channel <= 0.0031308 ? channel * 12.92 : 1.055 * channel ** (1 / 2.4) - 0.055;
}

/** Red, green and blue from 0 to 255. */
export function toChannels(color: Color): Triple {
  const number = Number.parseInt(color.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

/** To Oklab (Björn Ottosson, 2020), where a mix of two colours looks like one: blue and yellow do not meet in grey mud. */
function toOklab(color: Color): Triple {
  const [red, green, blue] = toChannels(color).map((channel) => toLinear(channel / 255)) as [number, number, number];
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const medium = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}

function fromOklab([lightness, greenRed, blueYellow]: Triple): Color {
  const long = (lightness + 0.3963377774 * greenRed + 0.2158037573 * blueYellow) ** 3;
  const medium = (lightness - 0.1055613458 * greenRed - 0.0638541728 * blueYellow) ** 3;
  const short = (lightness - 0.0894841775 * greenRed - 1.291485548 * blueYellow) ** 3;
  const channels = [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
  const digits = channels.map((channel) => {
    const byte = Math.round(255 * fromLinear(Math.min(1, Math.max(0, channel))));
    return byte.toString(16).padStart(2, "0");
  });
  return `#${digits.join("")}`;
}

/** The colour `amount` of the way from one to the other. */
export function mix(from: Color, to: Color, amount: number): Color {
  const [first, second] = [toOklab(from), toOklab(to)];
  const between = (index: 0 | 1 | 2) => first[index] + (second[index] - first[index]) * amount;
  return fromOklab([between(0), between(1), between(2)]);
}

export function toPolar(color: Color): Polar {
  const [lightness, greenRed, blueYellow] = toOklab(color);
  return {
    lightness,
    chroma: Math.hypot(greenRed, blueYellow),
    hue: ((Math.atan2(blueYellow, greenRed) * 180) / Math.PI + 360) % 360,
  };
}

export function fromPolar({ lightness, chroma, hue }: Polar): Color {
  const angle = (hue * Math.PI) / 180;
  return fromOklab([lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)]);
}

/** Lighter by `amount`, darker where it is negative. */
export function lighten(color: Color, amount: number): Color {
  const polar = toPolar(color);
  return fromPolar({ ...polar, lightness: Math.min(1, Math.max(0, polar.lightness + amount)) });
}

/** The hue `amount` of the way from one to the other, the short way round. */
export function mixHue(from: number, to: number, amount: number): number {
  const turn = ((to - from + 540) % 360) - 180;
  return (from + turn * amount + 360) % 360;
}
