import type { ModelsJson, PictureRequest } from "./api-types.ts";
import { element } from "./dom.ts";
import { type IconName, icon } from "./icons.ts";
import { createStartPictureChoice } from "./start-picture-choice.ts";

type ImageModel = ModelsJson["image"][number];
type Options = Omit<PictureRequest, "prompt">;

export interface PictureOptions {
  readonly node: HTMLElement;
  /** Takes the model's limits; null before they are known. */
  readonly useModel: (model: ImageModel | null) => void;
  readonly read: () => Options;
  /** In credits, as far as the price is known. */
  readonly cost: () => number | null;
}

const shapes = [
  { name: "square", label: "Square", ratio: 1 },
  { name: "portrait", label: "Portrait", ratio: 3 / 4 },
  { name: "landscape", label: "Landscape", ratio: 4 / 3 },
] as const satisfies readonly { name: IconName; label: string; ratio: number }[];

type Shape = (typeof shapes)[number];

const preferredEdge = 1_024;
/** Image models want edges that are multiples of this many pixels. */
const edgeStep = 64;
const largestSeed = 4_294_967_295;
const largestCount = 4;

/** The size that is closest in shape, and of several the largest. */
function closestSize(shape: Shape, sizes: readonly string[]): string | undefined {
  const measured = sizes.map((size) => {
    const [width = 1, height = 1] = size.split("x").map(Number);
    return { size, distance: Math.abs(Math.log(width / height / shape.ratio)), area: width * height };
  });
  measured.sort((one, other) => one.distance - other.distance || other.area - one.area);
  return measured[0]?.size;
}

function sizeOf(shape: Shape, model: ImageModel | null): string {
  const listed = closestSize(shape, model?.sizes ?? []);
  if (listed !== undefined) return listed;
  const long = Math.min(preferredEdge, model?.max_edge ?? preferredEdge);
  const short = Math.max(
    Math.round((long * Math.min(shape.ratio, 1 / shape.ratio)) / edgeStep) * edgeStep,
    model?.min_edge ?? edgeStep,
  );
  const [width, height] = shape.ratio < 1 ? [short, long] : shape.ratio > 1 ? [long, short] : [long, long];
  return `${width}x${height}`;
}

function shapeChoice(onChange: () => void): { node: HTMLElement; chosen: () => Shape } {
  const inputs = shapes.map((shape, index) =>
    element("input", { type: "radio", name: "shape", value: shape.name, checked: index === 0, onchange: onChange }),
  );
  const labels = shapes.map((shape, index) =>
    element("label", { title: shape.label }, inputs[index], icon(shape.name), element("span", {}, shape.label)),
  );
  return {
    node: element(
      "fieldset",
      { class: "choice shapes" },
      element("legend", { class: "visually-hidden" }, "Shape"),
      ...labels,
    ),
    chosen: () => shapes[inputs.findIndex((input) => input.checked)] ?? shapes[0],
  };
}

function countStepper(onChange: () => void): { node: HTMLElement; count: () => number; limit: (most: number) => void } {
  let count = 1;
  let most = largestCount;
  const output = element("output", { class: "stepper-count", "aria-live": "polite" });
  const change = (by: number) => () => {
    count = Math.max(1, Math.min(most, count + by));
    show();
    onChange();
  };
  const fewer = element(
    "button",
    { type: "button", "aria-label": "Fewer pictures", onclick: change(-1) },
    icon("minus"),
  );
  const more = element("button", { type: "button", "aria-label": "More pictures", onclick: change(1) }, icon("plus"));
  const show = () => {
    output.textContent = count === 1 ? "1 picture" : `${count} pictures`;
    fewer.disabled = count <= 1;
    more.disabled = count >= most;
  };
  show();
  return {
    node: element("div", { class: "stepper", role: "group", "aria-label": "Number of pictures" }, fewer, output, more),
    count: () => count,
    limit: (limit) => {
      most = Math.min(largestCount, limit);
      count = Math.min(count, most);
      show();
    },
  };
}

/** What can be chosen for a picture beside its prompt. */
export function createPictureOptions(onChange: () => void): PictureOptions {
  let model: ImageModel | null = null;
  const shape = shapeChoice(onChange);
  const stepper = countStepper(onChange);
  const negative = element("input", {
    type: "text",
    maxlength: 2_000,
    autocomplete: "off",
    placeholder: "blurry, text, frames",
  });
  const seed = element("input", {
    type: "number",
    min: 0,
    max: largestSeed,
    step: 1,
    inputmode: "numeric",
    placeholder: "random",
  });
  const details = element(
    "div",
    { class: "picture-details", id: "picture-details", hidden: true },
    element("label", {}, element("span", {}, "Leave out"), negative),
    element("label", {}, element("span", {}, "Seed"), seed),
  );
  const start = createStartPictureChoice();
  const toggle = element(
    "button",
    { type: "button", class: "quiet-button", "aria-expanded": "false", "aria-controls": "picture-details" },
    icon("sliders"),
    element("span", {}, "More"),
  );
  toggle.addEventListener("click", () => {
    details.hidden = !details.hidden;
    toggle.setAttribute("aria-expanded", String(!details.hidden));
  });

  const read = (): Options => {
    const leaveOut = negative.disabled ? "" : negative.value.trim();
    const isSeedGiven = !seed.disabled && seed.value !== "" && seed.validity.valid;
    return {
      image_size: sizeOf(shape.chosen(), model),
      num_images: stepper.count(),
      ...(leaveOut === "" ? {} : { negative_prompt: leaveOut }),
      ...(isSeedGiven ? { seed: seed.valueAsNumber } : {}),
      ...start.read(),
    };
  };

  return {
    node: element(
      "div",
      { class: "picture-options" },
      start.node,
      element("div", { class: "picture-row" }, shape.node, stepper.node, toggle),
      details,
    ),
    useModel: (known) => {
      model = known;
      stepper.limit(known?.max_images ?? largestCount);
      negative.disabled = known?.supports_negative_prompt === false;
      seed.disabled = known?.supports_seed === false;
    },
    read,
    cost: () => (model === null ? null : Math.ceil((model.price.credits * stepper.count()) / model.price.per_images)),
  };
}
