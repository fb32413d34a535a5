import { hashText } from "../random.ts";

/** A number from 0 to 1 for a point of the integer lattice. */
function lattice(x: number, y: number, seed: number): number {
  let hash = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ seed;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_295;
}

function ease(amount: number): number {
  return amount * amount * (3 - 2 * amount);
}

function valueNoise(x: number, y: number, seed: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [across, down] = [ease(x - left), ease(y - top)];
  const upper = lattice(left, top, seed) * (1 - across) + lattice(left + 1, top, seed) * across;
  const lower = lattice(left, top + 1, seed) * (1 - across) + lattice(left + 1, top + 1, seed) * across;
  return upper * (1 - down) + lower * down;
}

/** Smooth noise from 0 to 1: octaves of half the size and `roughness` of the weight of the one before. */
type Noise = (x: number, y?: number) => number;

export function createNoise(name: string, octaves: number, roughness = 0.5): Noise {
  const seed = hashText(name);
  return (x, y = 0) => {
    let total = 0;
    let weight = 1;
    let weights = 0;
    let scale = 1;
    for (let octave = 0; octave < octaves; octave += 1) {
      total += weight * valueNoise(x * scale, y * scale, seed + octave * 7919);
      weights += weight;
      weight *= roughness;
      scale *= 2;
    }
    return total / weights;
  };
}
