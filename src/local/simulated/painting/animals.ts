import type { Random } from "../random.ts";
import { circle, ellipse, type Point, path, short, stroke } from "./canvas.ts";
import { type Color, lighten, mix } from "./color.ts";
import type { Light, Stage } from "./stage.ts";

/** An animal being drawn, in its own measure: 1 is its height, x grows to the right and y goes up from its feet. */
interface Model {
  readonly stage: Stage;
  readonly random: Random;
  readonly size: number;
  /** A point as path commands write it. */
  readonly pen: (right: number, up: number) => string;
  readonly spot: (right: number, up: number) => Point;
  readonly coat: Coat;
}

interface Coat {
  readonly body: Color;
  readonly dark: Color;
  readonly belly: Color;
  /** The body's colour with the light of the hour on one side of it. */
  readonly fur: string;
}

/** What makes a cat a cat, and a dog a dog. */
interface Species {
  readonly coats: readonly [Color, ...Color[]];
  readonly irises: readonly [Color, ...Color[]];
  readonly nose: Color;
  readonly muzzle: { readonly up: number; readonly wide: number; readonly tall: number };
  readonly pupil: { readonly wide: number; readonly tall: number };
  readonly tail: (model: Model, side: number) => { commands: string; width: number };
  /** Drawn behind the head. */
  readonly upperEars: (model: Model) => void;
  /** Drawn before it. */
  readonly hangingEars: (model: Model) => void;
  readonly hasWhiskers: boolean;
}

const cat: Species = {
  coats: ["#3a3a46", "#d98a45", "#8c8f99", "#f0e6d6", "#6b4c3b"],
  irises: ["#b8d95a", "#f2c744", "#7fc8e0"],
  nose: "#d98a8a",
  muzzle: { up: 0.695, wide: 0.1, tall: 0.068 },
  pupil: { wide: 0.013, tall: 0.038 },
  tail: ({ pen }, side) => ({
    commands: `M${pen(side * 0.2, 0.07)}C${pen(side * 0.55, 0)} ${pen(side * 0.6, 0.3)} ${pen(side * 0.46, 0.42)}`,
    width: 0.075,
  }),
  upperEars: ({ stage, pen, coat }) => {
    for (const ear of [-1, 1]) {
      const outer = `M${pen(ear * 0.19, 0.78)}L${pen(ear * 0.185, 1.01)}Q${pen(ear * 0.1, 0.97)} ${pen(ear * 0.035, 0.9)}Z`;
      const inner = `M${pen(ear * 0.165, 0.84)}L${pen(ear * 0.165, 0.96)}Q${pen(ear * 0.11, 0.93)} ${pen(ear * 0.08, 0.9)}Z`;
      stage.canvas.add(path(outer, coat.fur));
      stage.canvas.add(path(inner, mix("#e8a0a0", coat.body, 0.4)));
    }
  },
  hangingEars: () => undefined,
  hasWhiskers: true,
};

const dog: Species = {
  coats: ["#c98d4f", "#8a5a3a", "#e8d9bf", "#4b4650"],
  irises: ["#5a3a22"],
  nose: "#241c1c",
  muzzle: { up: 0.69, wide: 0.11, tall: 0.085 },
  pupil: { wide: 0.024, tall: 0.026 },
  tail: ({ pen }, side) => ({
    commands: `M${pen(side * 0.2, 0.1)}C${pen(side * 0.38, 0.12)} ${pen(side * 0.5, 0.26)} ${pen(side * 0.44, 0.4)}`,
    width: 0.09,
  }),
  upperEars: () => undefined,
  hangingEars: ({ stage, pen, coat }) => {
    for (const ear of [-1, 1]) {
      const commands = `M${pen(ear * 0.1, 0.91)}C${pen(ear * 0.26, 0.95)} ${pen(ear * 0.28, 0.7)} ${pen(ear * 0.215, 0.62)}C${pen(ear * 0.15, 0.66)} ${pen(ear * 0.16, 0.8)} ${pen(ear * 0.1, 0.91)}Z`;
      stage.canvas.add(path(commands, coat.dark));
    }
  },
  hasWhiskers: false,
};

/** Fur in the light of the hour; a warm colour of the prompt makes it ginger. */
function chooseCoat(stage: Stage, random: Random, species: Species, light: Light, x: number, size: number): Coat {
  const { palette, brief, canvas } = stage;
  const [hue] = brief.hues;
  const base = hue !== undefined && hue < 90 ? "#d97a35" : random.pick(species.coats);
  const body = mix(base, palette.near, palette.isDark ? 0.66 : 0.22);
  const dark = mix(body, palette.near, 0.55);
  const half = (light.at[0] < x ? -0.34 : 0.34) * size;
  const fur = canvas.linear(
    [x + half, 0],
    [x - half, 0],
    [
      [0, mix(body, palette.glow, 0.28)],
      [0.3, body],
      [1, dark],
    ],
  );
  return { body, dark, belly: mix(mix(base, "#fff6e8", 0.65), palette.near, palette.isDark ? 0.5 : 0.1), fur };
}

function drawBody(model: Model, species: Species): void {
  const { pen, spot, size, coat } = model;
  const { canvas, palette } = model.stage;
  canvas.add(ellipse(spot(0, 0), size * 0.42, size * 0.045, palette.near, { opacity: 0.4 }));
  const tail = species.tail(model, model.random.chance(0.5) ? 1 : -1);
  const brush = `stroke="${coat.body}" stroke-width="${short(size * tail.width)}" stroke-linecap="round"`;
  canvas.add(path(tail.commands, "none", { more: brush }));
  const outline = `M${pen(-0.27, 0)}C${pen(-0.4, 0.22)} ${pen(-0.24, 0.44)} ${pen(-0.13, 0.64)}L${pen(0.13, 0.64)}C${pen(0.24, 0.44)} ${pen(0.4, 0.22)} ${pen(0.27, 0)}Z`;
  const belly = `M${pen(-0.1, 0.02)}C${pen(-0.15, 0.25)} ${pen(-0.13, 0.42)} ${pen(0, 0.55)}C${pen(0.13, 0.42)} ${pen(0.15, 0.25)} ${pen(0.1, 0.02)}Z`;
  canvas.add(path(outline, coat.fur));
  canvas.add(path(belly, coat.belly, { opacity: 0.85 }));
  for (const paw of [-0.075, 0.075]) {
    canvas.add(ellipse(spot(paw, 0.025), size * 0.066, size * 0.042, coat.belly));
  }
}

function drawFace(model: Model, species: Species): void {
  const { pen, spot, size, coat } = model;
  const { canvas } = model.stage;
  const { muzzle, pupil } = species;
  species.upperEars(model);
  canvas.add(ellipse(spot(0, 0.76), size * 0.2, size * 0.168, coat.fur));
  species.hangingEars(model);
  canvas.add(ellipse(spot(0, muzzle.up), size * muzzle.wide, size * muzzle.tall, coat.belly));
  const iris = model.random.pick(species.irises);
  for (const eye of [-0.085, 0.085]) {
    canvas.add(ellipse(spot(eye, 0.775), size * 0.04, size * 0.043, iris));
    canvas.add(ellipse(spot(eye, 0.775), size * pupil.wide, size * pupil.tall, "#16130f"));
    canvas.add(circle(spot(eye + 0.012, 0.79), size * 0.01, "#ffffff"));
  }
  canvas.add(path(`M${pen(-0.028, 0.728)}L${pen(0.028, 0.728)}L${pen(0, 0.698)}Z`, species.nose));
  const mouth = `M${pen(-0.05, 0.66)}Q${pen(-0.02, 0.645)} ${pen(0, 0.69)}Q${pen(0.02, 0.645)} ${pen(0.05, 0.66)}`;
  canvas.add(
    path(mouth, "none", { more: `stroke="${coat.dark}" stroke-width="${short(size * 0.01)}" stroke-linecap="round"` }),
  );
}

function drawWhiskers({ stage, spot, size, coat }: Model): void {
  for (const side of [-1, 1]) {
    for (const rise of [-0.04, 0, 0.04]) {
      const line = [spot(side * 0.08, 0.69), spot(side * 0.29, 0.69 + rise)];
      stage.canvas.add(stroke(line, lighten(coat.belly, 0.08), size * 0.005, { opacity: 0.7 }));
    }
  }
}

/** An animal that sits and looks at us, `size` pixels tall. */
export function drawAnimal(stage: Stage, light: Light, kind: "cat" | "dog", [x, y]: Point, size: number): void {
  const species = kind === "cat" ? cat : dog;
  const random = stage.random.fork(kind);
  const model: Model = {
    stage,
    random,
    size,
    pen: (right, up) => `${short(x + right * size)} ${short(y - up * size)}`,
    spot: (right, up) => [x + right * size, y - up * size],
    coat: chooseCoat(stage, random, species, light, x, size),
  };
  drawBody(model, species);
  drawFace(model, species);
  if (species.hasWhiskers && size > 60) {
    drawWhiskers(model);
  }
}
