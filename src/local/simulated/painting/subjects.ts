import { drawAnimal } from "./animals.ts";
import { drawCastle, drawHouse } from "./buildings.ts";
import { type Point, polygon } from "./canvas.ts";
import { mix } from "./color.ts";
import { drawBalloons, drawRobot } from "./figures.ts";
import type { Light, Stage, Surface } from "./stage.ts";

/** Where something stands that is `half` wide to each side: no part of it hangs over uneven ground. */
function standOn(stage: Stage, surface: Surface, x: number, half: number): Point {
  const lowest = Math.max(surface(x - half), surface(x), surface(x + half));
  return [x, Math.min(lowest + stage.canvas.unit * 0.012, stage.canvas.height * 0.96)];
}

/** Adds what the prompt wants to see in the scene, on the ground that the scene offers. */
export function drawSubjects(stage: Stage, light: Light, surface: Surface | undefined): void {
  const { canvas, brief } = stage;
  const random = stage.random.fork("subjects");
  const { width, unit } = canvas;
  if (brief.has("balloon")) {
    drawBalloons(stage, light);
  }
  if (surface === undefined) {
    return;
  }
  const side = light.at[0] < width / 2 ? 1 : -1;
  if (brief.has("castle")) {
    const at = standOn(stage, surface, width * (0.5 + side * 0.12), unit * 0.24);
    canvas.add(
      polygon(
        [
          [at[0] - unit * 0.5, at[1] + unit * 0.12],
          [at[0] - unit * 0.24, at[1] - unit * 0.02],
          [at[0] + unit * 0.24, at[1] - unit * 0.02],
          [at[0] + unit * 0.5, at[1] + unit * 0.12],
        ],
        mix(stage.palette.near, stage.palette.foliage, 0.3),
      ),
    );
    drawCastle(stage, light, at, unit * 0.55);
  }
  if (brief.has("house") && !brief.has("lighthouse")) {
    const x = width * (0.5 + side * random.between(0.05, 0.16));
    drawHouse(stage, light, standOn(stage, surface, x, unit * 0.1), unit * 0.26);
  }
  const figures = (["cat", "dog", "robot"] as const).filter((figure) => brief.has(figure));
  figures.forEach((figure, index) => {
    const x = width * (0.5 + (index - (figures.length - 1) / 2) * 0.3 + (figures.length === 1 ? side * -0.08 : 0));
    const at = standOn(stage, surface, x, unit * 0.08);
    if (figure === "robot") {
      drawRobot(stage, light, at, unit * 0.42);
    } else {
      drawAnimal(stage, light, figure, at, unit * 0.36);
    }
  });
}
