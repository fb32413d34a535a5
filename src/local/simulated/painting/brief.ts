/** What of a prompt this painter understands, each with the words that name it. */
const vocabulary = {
  lighthouse: "lighthouses?|light house|beacon",
  sea: "seas?|oceans?|beach(?:es)?|coast(?:al|line)?|shores?|waves?|islands?|harbou?rs?|bay|seaside|marine|surf|lagoon|cliffs?",
  beach: "beach(?:es)?|seaside|sandy shore|lagoon|tropical|palms?|palm trees?",
  boat: "boats?|ships?|sail(?:ing|boats?|s)?|yachts?|schooner|vessels?",
  mountain: "mountains?|alps|alpine|peaks?|summits?|himalayas?|everest|ridges?|fuji|volcano(?:es)?|highlands?|valley",
  lake: "lakes?|rivers?|reflections?|ponds?|fjords?",
  city: "city|cities|skylines?|downtown|metropolis|skyscrapers?|streets?|towns?|urban|manhattan|new york|tokyo|london|paris|cyberpunk|buildings?|rooftops?",
  forest: "forests?|woods?|woodland|jungle|trees?|pines?|birch(?:es)?|redwoods?|grove",
  desert: "deserts?|dunes?|sahara|oasis|cact(?:us|i)|canyons?|mesa|savannah?|sand",
  pyramid: "pyramids?|egypt(?:ian)?",
  space:
    "space|galax(?:y|ies)|planets?|nebulae?|cosmos|cosmic|universe|mars|saturn|jupiter|astronauts?|outer space|orbit|spaceships?|aliens?|on (?:the )?(?:moon|mars)",
  rocket: "rockets?|spaceships?|spacecraft",
  meadow:
    "meadows?|fields?|flowers?|gardens?|poppy|poppies|tulips?|lavender|sunflowers?|hills?|farm|countryside|prairie|grass(?:land)?|spring",
  flowers: "flowers?|gardens?|poppy|poppies|tulips?|lavender|sunflowers?|blossoms?|roses?|daisy|daisies|bouquet|spring",
  cat: "cats?|kittens?|kitty|tomcat",
  dog: "dogs?|pupp(?:y|ies)|wolf|wolves|fox(?:es)?|corgi|husky",
  house: "houses?|cabins?|cottages?|huts?|farm(?:house)?|home|chalet|barn",
  castle: "castles?|fortress|palace|citadel|ruins",
  balloon: "balloons?|airships?|zeppelins?",
  birds: "birds?|gulls?|seagulls?|swallows?|geese|crows?|ravens?|eagles?",
  robot: "robots?|androids?|mech|droids?",
  bigTree: "(?:a|an|one|lone|lonely|single|old|oak|cherry|big|giant) (?:\\w+ )?tree|tree of",
  abstract: "abstract|geometric|patterns?|shapes?|bauhaus|fractal|generative|swirls?|fluid|gradient",
  geometric: "geometric|bauhaus|tiles?|grid|cubis[tm]|mosaic|patterns?",
  swirls: "swirls?|fluid|flow(?:ing)?|silk|ribbons?|curves?|waves",
  dawn: "dawn|sunrise|morning|daybreak|first light|early",
  day: "day|daylight|noon|sunny|midday|afternoon|bright|blue sky|summer",
  sunset: "sunset|golden hour|golden light|evening",
  dusk: "dusk|twilight|blue hour|gloaming|nightfall",
  night:
    "night|midnight|nocturnal|moonlight|moonlit|starry|stars?|dark|neon|cyberpunk|aurora|northern lights|milky way|fireflies",
  crescent: "crescent(?: moon)?",
  clouds: "clouds?|cloudy|overcast",
  moon: "moon|moonlight|moonlit|crescent",
  aurora: "aurora|northern lights|borealis",
  winter:
    "winter|snow(?:y|fall|ing|flakes?)?|ice|icy|frozen|frost(?:y)?|arctic|antarctic|polar|christmas|glacier|blizzard",
  autumn: "autumn|fall colou?rs|autumnal|october|maple|harvest",
  blossom: "cherry blossoms?|sakura|blossoms?|spring",
  rain: "rain(?:y|ing)?|drizzle|downpour|monsoon",
  storm: "storm(?:y|s)?|thunder|lightning|tempest|hurricane|dramatic",
  fog: "fog(?:gy)?|mist(?:y)?|haze|hazy|smok[ey]",
  rainbow: "rainbows?",
  fireflies: "fireflies|firefly|lanterns?|magic(?:al)?|enchanted|fairy",
  monochrome: "black and white|black-and-white|b&w|monochrome|noir|gr[ae]yscale|ink|charcoal|pencil|sketch",
  pastel: "pastels?|soft colou?rs|watercolou?rs?|dreamy|delicate",
  vivid: "vivid|vibrant|colou?rful|saturated|psychedelic|pop art|neon|synthwave|vaporwave|cyberpunk",
  pixel: "pixel ?art|pixelated|8-?bit|16-?bit|voxel|retro game",
} as const;

type Feature = keyof typeof vocabulary;

/** Colour words, and the hue in degrees (of Oklch) that they ask for. */
const hueWords: readonly (readonly [RegExp, number])[] = [
  [/\b(?:red|crimson|scarlet|ruby|blood)\b/, 25],
  [/\b(?:orange|amber|copper|terracotta)\b/, 55],
  [/\b(?:gold|golden|yellow)\b/, 85],
  [/\b(?:green|emerald|lime|jade|mint)\b/, 148],
  [/\b(?:teal|turquoise|cyan|aqua)\b/, 200],
  [/\b(?:blue|azure|navy|sapphire|indigo|cobalt)\b/, 258],
  [/\b(?:purple|violet|lilac|lavender|magenta)\b/, 308],
  [/\b(?:pink|rose|fuchsia)\b/, 355],
];

const colouredThing =
  /^\s+(?:[a-z]+\s+)?(?:cats?|kittens?|dogs?|pupp(?:y|ies)|fox(?:es)?|boats?|sails?|ships?|balloons?|robots?|house|barn|roofs?|flowers?|roses?|tulips?|popp(?:y|ies)|lighthouses?|rockets?|trees?|leaves|stripes?|hills?|fields?|meadows?|grass|forests?|valleys?)\b/;

/** The hues that a prompt names, and whether each is the colour of one thing. */
function readHues(lower: string): { hue: number; isOfThing: boolean }[] {
  return hueWords
    .map(([pattern, hue]) => ({ match: pattern.exec(lower), hue }))
    .flatMap(({ match, hue }) => (match === null ? [] : [{ match, hue }]))
    .sort((left, right) => left.match.index - right.match.index)
    .map(({ match, hue }) => ({ hue, isOfThing: colouredThing.test(lower.slice(match.index + match[0].length)) }));
}

export type SceneName = "sea" | "mountains" | "city" | "forest" | "desert" | "space" | "meadow" | "abstract";
export type TimeOfDay = "dawn" | "day" | "sunset" | "dusk" | "night";

/** A prompt as a painter reads it. */
export interface Brief {
  readonly scene: SceneName;
  /** Undefined leaves it to the seed. */
  readonly time: TimeOfDay | undefined;
  /** Hues in degrees that the prompt names, in its order. */
  readonly hues: readonly number[];
  /** The hue of the whole picture: the first that is not of one thing only, as that of "a red boat". */
  readonly tint: number | undefined;
  has(feature: Feature): boolean;
  /** Whether the negative prompt names it. */
  rejects(feature: Feature): boolean;
}

const patterns = Object.entries(vocabulary).map(
  ([feature, words]) => [feature as Feature, new RegExp(`\\b(?:${words})\\b`, "i")] as const,
);

/** Which scene a feature calls for; where several do, the one named first in the prompt wins. */
const sceneOf: Partial<Record<Feature, SceneName>> = {
  abstract: "abstract",
  geometric: "abstract",
  swirls: "abstract",
  space: "space",
  rocket: "space",
  city: "city",
  robot: "city",
  lighthouse: "sea",
  boat: "sea",
  sea: "sea",
  beach: "sea",
  mountain: "mountains",
  desert: "desert",
  pyramid: "desert",
  forest: "forest",
  meadow: "meadow",
  flowers: "meadow",
  lake: "mountains",
  castle: "mountains",
  aurora: "mountains",
  winter: "mountains",
  house: "meadow",
  balloon: "meadow",
  bigTree: "meadow",
  birds: "sea",
  autumn: "forest",
  fireflies: "forest",
  dog: "meadow",
  cat: "city",
};

/** Features that place a scene by themselves; the others only where none of these is named. */
const places: readonly Feature[] = [
  "abstract",
  "space",
  "rocket",
  "city",
  "lighthouse",
  "sea",
  "beach",
  "mountain",
  "desert",
  "pyramid",
  "forest",
  "bigTree",
  "meadow",
  "lake",
];

const times: readonly TimeOfDay[] = ["dusk", "sunset", "dawn", "night", "day"];

function position(prompt: string, feature: Feature): number {
  const index = patterns.find(([name]) => name === feature)?.[1].exec(prompt)?.index;
  return index ?? Number.POSITIVE_INFINITY;
}

function chooseScene(prompt: string, features: ReadonlySet<Feature>): SceneName {
  const byPosition = (candidates: readonly Feature[]) =>
    candidates
      .filter((feature) => features.has(feature) && sceneOf[feature] !== undefined)
      .sort((left, right) => position(prompt, left) - position(prompt, right))[0];
  if (features.has("lighthouse") && !features.has("space") && !features.has("abstract")) {
    return "sea";
  }
  const feature = byPosition(places) ?? byPosition(Object.keys(sceneOf) as Feature[]);
  // A time or a weather alone still asks for a landscape; only a prompt without any known word is abstract.
  const isOutside =
    times.some((time) => features.has(time)) || features.has("storm") || features.has("fog") || features.has("rain");
  return (feature === undefined ? undefined : sceneOf[feature]) ?? (isOutside ? "mountains" : "abstract");
}

/** Reads a prompt. What the negative prompt names is left out of the picture, as far as it is known. */
export function readBrief(prompt: string, negativePrompt: string | null): Brief {
  const named = patterns.filter(([, pattern]) => pattern.test(prompt)).map(([feature]) => feature);
  const unwanted = new Set(
    negativePrompt === null
      ? []
      : patterns.filter(([, pattern]) => pattern.test(negativePrompt)).map(([feature]) => feature),
  );
  const features = new Set(named.filter((feature) => !unwanted.has(feature)));
  const hues = readHues(prompt.toLowerCase());
  return {
    scene: chooseScene(prompt, features),
    time: times.find((time) => features.has(time)),
    hues: hues.map(({ hue }) => hue),
    tint: hues.find(({ isOfThing }) => !isOfThing)?.hue,
    has: (feature) => features.has(feature),
    rejects: (feature) => unwanted.has(feature),
  };
}
