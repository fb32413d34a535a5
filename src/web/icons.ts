const namespace = "http://www.w3.org/2000/svg";

/** Line drawings on a grid of 24; each string is one path. */
const drawings = {
  plus: ["M12 5v14M5 12h14"],
  minus: ["M5 12h14"],
  list: ["M4 7h16M4 12h11M4 17h14"],
  close: ["M6 6l12 12M18 6L6 18"],
  more: ["M5 12h.01M12 12h.01M19 12h.01"],
  send: ["M12 19V5M6 11l6-6 6 6"],
  stop: ["M7.5 7.5h9v9h-9z"],
  chat: ["M5 6h14M5 11h14M5 16h8"],
  picture: ["M4 5h16v14H4z", "M4 16l5-5 4 4 3-3 4 4", "M15.5 9h.01"],
  copy: ["M9 9h10v11H9z", "M6 15H5V4h10v2"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  down: ["M12 5v14M6 13l6 6 6-6"],
  download: ["M12 4v11M7 11l5 5 5-5", "M5 20h14"],
  previous: ["M14.5 5.5L8 12l6.5 6.5"],
  next: ["M9.5 5.5L16 12l-6.5 6.5"],
  pen: ["M5 19l1-4L16 5l3 3L9 18z", "M14 7l3 3"],
  archive: ["M4 5h16v4H4z", "M6 9v10h12V9", "M10 13h4"],
  unarchive: ["M4 5h16v4H4z", "M6 9v10h12V9", "M12 17v-5M9.5 14l2.5-2.5 2.5 2.5"],
  trash: ["M5 7h14", "M10 7V4.5h4V7", "M7 7l1 13h8l1-13"],
  again: ["M19 12a7 7 0 1 1-2.2-5.1", "M19.5 4v4h-4"],
  sliders: ["M4 8h9M17 8h3M4 16h3M11 16h9", "M15 6v4M9 14v4"],
  warning: ["M12 4.5l8.5 15h-17z", "M12 10v4M12 16.8h.01"],
  square: ["M6 6h12v12H6z"],
  portrait: ["M7.5 4.5h9v15h-9z"],
  landscape: ["M4.5 7.5h15v9h-15z"],
} as const satisfies Record<string, readonly string[]>;

export type IconName = keyof typeof drawings;

function shape(name: string, attributes: Readonly<Record<string, string>>, ...children: readonly Node[]): SVGElement {
  const node = document.createElementNS(namespace, name);
  for (const [attribute, value] of Object.entries(attributes)) node.setAttribute(attribute, value);
  node.append(...children);
  return node;
}

const path = (d: string, attributes: Readonly<Record<string, string>> = {}) => shape("path", { d, ...attributes });

/** A decorative icon: what it means is said by the text or label beside it. */
export function icon(name: IconName): SVGElement {
  const lines = drawings[name].map((d) => path(d));
  return shape("svg", { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" }, ...lines);
}

/** The mark: a lyre, whose three strings move while Muse thinks. */
export function mark(): SVGElement {
  const strings = ["M12.7 10.6v11", "M16 10.6v12", "M19.3 10.6v11"];
  const frame = [
    "M8 7.6C7.6 4.8 11.6 4 12 7c.5 3.8-5.2 5.4-5.2 11.2C6.8 23.6 10.8 27.4 16 27.4s9.2-3.8 9.2-9.2C25.2 12.4 19.5 10.8 20 7c.4-3 4.4-2.8 4 .6",
    "M9.6 10.6h12.8",
  ];
  return shape(
    "svg",
    { viewBox: "4 4 24 24.4", class: "mark", "aria-hidden": "true" },
    ...strings.map((d) => path(d, { class: "mark-string" })),
    ...frame.map((d) => path(d, { class: "mark-frame" })),
  );
}

export interface Ring {
  readonly node: SVGElement;
  /** @param share 0 to 1 */
  readonly show: (share: number) => void;
}

/** A ring that fills as work goes on. */
export function ring(): Ring {
  const done = shape("circle", { cx: "24", cy: "24", r: "20", pathLength: "100", class: "ring-done" });
  const all = shape("circle", { cx: "24", cy: "24", r: "20", class: "ring-all" });
  const node = shape("svg", { viewBox: "0 0 48 48", class: "ring", "aria-hidden": "true" }, all, done);
  return { node, show: (share) => done.setAttribute("stroke-dasharray", `${Math.round(share * 100)} 100`) };
}
