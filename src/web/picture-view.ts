import type { GenerationJson } from "./api-types.ts";
import { element } from "./dom.ts";
import { pictureFrom } from "./entries.ts";
import { creditsText, fullTime, shortTime } from "./format.ts";
import { icon, ring } from "./icons.ts";
import { openLightbox } from "./lightbox.ts";
import { button, problemNotice } from "./notice.ts";
import { freshPicture } from "./pictures.ts";
import { problemOfCode } from "./problem.ts";
import type { Entry, Job, Picture } from "./state.ts";
import type { View } from "./view.ts";

/** One or more pictures of one prompt: being made, made, or not made. */
export interface PictureItem {
  readonly prompt: string;
  readonly count: number;
  /** Width divided by height. */
  readonly ratio: number;
  readonly pictures: readonly Picture[];
  readonly job: Job | null;
  readonly costCredits: number | null;
  /** ISO-8601. */
  readonly time: string;
}

export interface PictureActions {
  readonly cancel: (generationId: string) => void;
  readonly repeat: (generation: GenerationJson) => void;
}

function ratioOf(imageSize: string): number {
  const [width, height] = imageSize.split("x").map(Number);
  return width !== undefined && height !== undefined && height > 0 ? width / height : 1;
}

export function pictureItemOfJob(job: Job): PictureItem {
  const { generation } = job;
  return {
    prompt: generation.prompt,
    count: generation.num_images,
    ratio: ratioOf(generation.image_size),
    pictures: generation.images.map((image) => pictureFrom(image, image.id, generation.id)),
    job,
    costCredits: generation.cost_credits,
    time: generation.completed_at ?? generation.created_at,
  };
}

export function pictureItemOfEntry(entry: Entry): PictureItem {
  const first = entry.pictures[0];
  return {
    prompt: entry.prompt ?? entry.text,
    count: entry.pictures.length,
    ratio: first === undefined || first.height === 0 ? 1 : first.width / first.height,
    pictures: entry.pictures,
    job: null,
    costCredits: entry.costCredits,
    time: entry.createdAt,
  };
}

function imageOf(picture: Picture, alt: string, onFailed: () => void): HTMLImageElement {
  const image = element("img", {
    alt,
    width: picture.width,
    height: picture.height,
    decoding: "async",
    onload: () => image.classList.add("is-loaded"),
  });
  let isSecondTry = false;
  image.addEventListener("error", () => {
    if (isSecondTry) {
      onFailed();
      return;
    }
    // Addresses of pictures are signed and expire; a page that stayed open long enough needs a new one.
    isSecondTry = true;
    void freshPicture(picture).then(
      (fresh) => {
        image.src = fresh.url;
      },
      () => onFailed(),
    );
  });
  image.src = picture.url;
  return image;
}

function tileOf(item: PictureItem, picture: Picture | undefined, index: number): HTMLElement {
  if (picture === undefined) return element("div", { class: "tile tile-empty" });
  const name = item.count > 1 ? `${item.prompt} (${index + 1} of ${item.count})` : item.prompt;
  const tile = element("button", {
    type: "button",
    class: "tile",
    "aria-label": `Open large: ${name}`,
    onclick: () => openLightbox(item.pictures, index, item.prompt),
  });
  const showFailure = () =>
    tile.replaceChildren(element("span", { class: "tile-failed" }, "This picture could not be loaded."));
  tile.append(imageOf(picture, name, showFailure));
  return tile;
}

function statusWords({ generation, isCancelling }: Job): string {
  if (isCancelling) return "Cancelling";
  if (generation.status === "processing") return `Painting, ${Math.round(generation.progress * 100)}%`;
  const before = generation.queue_position ?? 0;
  return before > 0 ? `Waiting, ${before} before this` : "Waiting for a free easel";
}

interface Easel extends View<PictureItem> {
  readonly key: string;
}

/** The tiles; they stand in their final size from the first moment, so that nothing moves when pictures arrive. */
function easel(item: PictureItem, key: string): Easel {
  const tiles = Array.from({ length: item.count }, (_, index) => tileOf(item, item.pictures[index], index));
  const node = element("div", { class: "tiles", "data-count": item.count }, ...tiles);
  node.style.setProperty("--ratio", String(item.ratio));
  if (item.pictures.length > 0) return { node, key, update: () => undefined };

  const progress = ring();
  const words = element("span", { class: "progress-words" });
  const meter = element("div", {
    class: "progress",
    role: "progressbar",
    "aria-label": "Picture",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
  });
  meter.append(progress.node, words);
  node.append(meter);
  const update = ({ job }: PictureItem) => {
    if (job === null) return;
    progress.show(job.generation.progress);
    words.textContent = statusWords(job);
    meter.setAttribute("aria-valuenow", String(Math.round(job.generation.progress * 100)));
    meter.classList.toggle("is-waiting", job.generation.status === "pending");
  };
  update(item);
  return { node, key, update };
}

function footOf(item: PictureItem, actions: PictureActions): readonly Node[] {
  const { job } = item;
  const first = item.pictures[0];
  if (first !== undefined) {
    const cost = item.costCredits === null ? [] : [creditsText(item.costCredits)];
    const facts = [`${first.width} × ${first.height}`, ...cost, shortTime(item.time)].join(" · ");
    return [element("span", { class: "answer-facts", title: fullTime(item.time) }, facts)];
  }
  if (job === null) return [];
  const { generation } = job;
  if (generation.status === "failed") {
    const again = button("Try again", "small-button", () => actions.repeat(generation), icon("again"));
    const returned = element("span", { class: "answer-facts" }, "Its credits are yours again.");
    return [problemNotice(problemOfCode(generation.error_code, generation.error_message), again, returned)];
  }
  if (generation.status === "cancelled") {
    return [element("span", { class: "answer-facts" }, "Cancelled. Its credits are yours again.")];
  }
  const cancel = button("Cancel", "quiet-button", () => actions.cancel(generation.id), icon("close"));
  cancel.disabled = job.isCancelling;
  return [cancel, element("span", { class: "answer-facts" }, creditsText(generation.cost_credits))];
}

/** A prompt with its pictures, from the first progress to the result. */
export function pictureView(first: PictureItem, actions: PictureActions): View<PictureItem> {
  const prompt = element("p", { class: "question-text picture-prompt", dir: "auto" });
  const place = element("div", { class: "picture-place" });
  const foot = element("div", { class: "picture-foot" });
  const node = element("article", { class: "entry picture", "aria-label": "Picture" }, prompt, place, foot);
  let current: Easel | null = null;
  let footKey = "";

  const update = (item: PictureItem) => {
    const status = item.pictures.length > 0 ? "completed" : (item.job?.generation.status ?? "completed");
    // Setting the same text again would take a selection in it away.
    if (prompt.textContent !== item.prompt) prompt.textContent = item.prompt;
    const isUnmade = status === "failed" || status === "cancelled";
    const key = isUnmade ? "none" : item.pictures.map((picture) => picture.imageId).join() || "waiting";
    if (isUnmade) place.replaceChildren();
    else if (current?.key !== key) {
      current = easel(item, key);
      place.replaceChildren(current.node);
    } else current.update(item);
    const nextFoot = `${status} ${item.job?.isCancelling ?? false} ${key}`;
    if (nextFoot === footKey) return;
    footKey = nextFoot;
    foot.replaceChildren(...footOf(item, actions));
  };
  update(first);
  return { node, update };
}
