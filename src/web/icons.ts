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
  fold: ["M7 10l5 5 5-5"],
  question: ["M8.8 9.2a3.2 3.2 0 1 1 4.6 2.9c-.9.5-1.4 1-1.4 2.2M12 17.6h.01"],
  blank: [],
  thumbUp: [
    "M7.5 11l3.4-7c1.5.1 2.4 1 2.4 2.6V10h4.9c1.2 0 2.1 1 1.9 2.2l-.9 5.6c-.2 1-1 1.7-2 1.7H7.5",
    "M7.5 11v8.5H4V11z",
  ],
  thumbDown: [
    "M7.5 13l3.4 7c1.5-.1 2.4-1 2.4-2.6V14h4.9c1.2 0 2.1-1 1.9-2.2l-.9-5.6c-.2-1-1-1.7-2-1.7H7.5",
    "M7.5 13V4.5H4V13z",
  ],
  search: ["M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z", "M15.3 15.3L20 20"],
  attach: [
    "M19 11.4l-7.3 7.3a4.6 4.6 0 0 1-6.5-6.5L13 4.4a3.1 3.1 0 0 1 4.4 4.4l-7.6 7.6a1.55 1.55 0 0 1-2.2-2.2l6.9-6.9",
  ],
  file: ["M6.5 3.5h7.5l4 4v13H6.5z", "M13.5 4v4H18"],
  share: ["M12 15V4M8 7.5l4-4 4 4", "M7 11H5.5v9h13v-9H17"],
  link: [
    "M10.3 13.7a4 4 0 0 0 5.7 0l2.8-2.8a4 4 0 0 0-5.7-5.7l-1 1",
    "M13.7 10.3a4 4 0 0 0-5.7 0l-2.8 2.8a4 4 0 0 0 5.7 5.7l1-1",
  ],
  person: ["M12 4.5a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 0 1 0-7.2z", "M5 20c.6-3.6 3.4-5.4 7-5.4s6.4 1.8 7 5.4"],
  coin: ["M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16z", "M12 8v8M9.5 10.5L12 8l2.5 2.5"],
  memory: ["M7 4h10v16l-5-4-5 4z"],
  keyboard: ["M3.5 7h17v10h-17z", "M7 10.5h.01M10.3 10.5h.01M13.7 10.5h.01M17 10.5h.01", "M8 14h8"],
  sun: [
    "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
    "M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1",
  ],
  moon: ["M19.5 14.2A8 8 0 1 1 9.8 4.5a6.3 6.3 0 0 0 9.7 9.7z"],
  screen: ["M4 5h16v11H4z", "M9 20h6M12 16v4"],
  clock: ["M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16z", "M12 8v4.5l3 1.8"],
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
