import type { Random } from "../random.ts";
import { circle, path, rectangle, short } from "./canvas.ts";
import { type Color, lighten } from "./color.ts";
import type { Colors } from "./harmonies.ts";
import type { Stage } from "./stage.ts";

/** A square to be filled: its corner, its edge, and what to paint with. */
interface Cell {
  readonly x: number;
  readonly y: number;
  readonly edge: number;
  readonly ground: Color;
  /** The paint of the figure, and another colour to go with it. */
  readonly paint: string;
  readonly other: Color;
  /** Turns the figure by a multiple of 90 degrees. */
  readonly turn: { readonly more: string };
}

/** A quarter of a disc around the corner of a cell, `part` of its edge in radius. */
function quarter({ x, y, edge, turn }: Cell, part: number, fill: string): string {
  const radius = short(edge * part);
  return path(`M${short(x)} ${short(y)}h${radius}a${radius} ${radius} 0 0 1 -${radius} ${radius}z`, fill, turn);
}

/** A half of a disc that hangs from a height of a cell. */
function half({ x, y, edge, turn }: Cell, down: number, fill: string): string {
  const radius = short(edge / 2);
  return path(
    `M${short(x)} ${short(y + edge * down)}h${short(edge)}a${radius} ${radius} 0 0 1 -${short(edge)} 0z`,
    fill,
    turn,
  );
}

const figures: readonly [(cell: Cell) => string, ...((cell: Cell) => string)[]] = [
  (cell) => quarter(cell, 1, cell.paint) + quarter(cell, 0.5, cell.other),
  ({ x, y, edge, paint, turn }) => {
    const length = short(edge);
    return path(
      `M${short(x)} ${short(y)}h${length}v${length}a${length} ${length} 0 0 1 -${length} -${length}z`,
      paint,
      turn,
    );
  },
  ({ x, y, edge, paint, other }) =>
    circle([x + edge / 2, y + edge / 2], edge * 0.36, paint) + circle([x + edge / 2, y + edge / 2], edge * 0.16, other),
  (cell) => half(cell, 0, cell.paint) + half(cell, 0.5, cell.other),
  ({ x, y, edge, paint, turn }) =>
    path(`M${short(x)} ${short(y)}h${short(edge)}L${short(x)} ${short(y + edge)}z`, paint, turn),
  (cell) =>
    [1, 0.75, 0.5, 0.25].map((part, index) => quarter(cell, part, index % 2 === 0 ? cell.paint : cell.ground)).join(""),
  ({ x, y, edge, paint }) => circle([x + edge / 2, y + edge / 2], edge / 2, paint),
];

function anotherColor(random: Random, colors: Colors, taken: Color): Color {
  const color = random.pick(colors);
  return color === taken ? (colors[(colors.indexOf(taken) + 2) % colors.length] ?? colors[4]) : color;
}

/** Circles, halves and quarters on a grid. */
export function drawTiles(stage: Stage, colors: Colors): void {
  const { canvas } = stage;
  const random = stage.random.fork("tiles");
  const { width, height, unit } = canvas;
  const edge = unit / random.integer(4, 5);
  const [columns, rows] = [Math.ceil(width / edge), Math.ceil(height / edge)];
  for (let index = 0; index < columns * rows; index += 1) {
    const x = (width - columns * edge) / 2 + (index % columns) * edge;
    const y = (height - rows * edge) / 2 + Math.floor(index / columns) * edge;
    const ground = random.pick(colors);
    const shape = anotherColor(random, colors, ground);
    const paint = canvas.linear(
      [x, y],
      [x + edge, y + edge],
      [
        [0, lighten(shape, 0.035)],
        [1, lighten(shape, -0.035)],
      ],
    );
    const turn = {
      more: `transform="rotate(${random.integer(0, 3) * 90} ${short(x + edge / 2)} ${short(y + edge / 2)})"`,
    };
    // A little larger than the cell, so that no seam shows between two.
    canvas.add(rectangle(x - 0.3, y - 0.3, edge + 0.6, edge + 0.6, ground));
    canvas.add(random.pick(figures)({ x, y, edge, ground, paint, other: anotherColor(random, colors, shape), turn }));
  }
}
