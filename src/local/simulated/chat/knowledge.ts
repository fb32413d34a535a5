import { type Rule, readTopic } from "./conversation.ts";

const capitals: Readonly<Record<string, string>> = {
  argentina: "Buenos Aires",
  australia: "Canberra",
  austria: "Vienna",
  belgium: "Brussels",
  brazil: "Brasília",
  canada: "Ottawa",
  chile: "Santiago",
  china: "Beijing",
  denmark: "Copenhagen",
  egypt: "Cairo",
  finland: "Helsinki",
  france: "Paris",
  germany: "Berlin",
  greece: "Athens",
  hungary: "Budapest",
  iceland: "Reykjavík",
  india: "New Delhi",
  ireland: "Dublin",
  italy: "Rome",
  japan: "Tokyo",
  kenya: "Nairobi",
  mexico: "Mexico City",
  netherlands: "Amsterdam",
  "new zealand": "Wellington",
  norway: "Oslo",
  peru: "Lima",
  poland: "Warsaw",
  portugal: "Lisbon",
  "south korea": "Seoul",
  spain: "Madrid",
  sweden: "Stockholm",
  switzerland: "Bern",
  turkey: "Ankara",
  uk: "London",
  ukraine: "Kyiv",
  "united kingdom": "London",
  england: "London",
  "united states": "Washington, D.C.",
  usa: "Washington, D.C.",
  vietnam: "Hanoi",
};

/** The few things that it knows, each true in a sentence or two. */
const explanations: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:why.*\bsky\b.*\bblue|blue sky|rayleigh)\b/,
    "The sky is blue because air scatters short wavelengths of sunlight far more than long ones: **Rayleigh scattering** grows with the fourth power of the frequency. At sunset the light comes a longer way through the air, the blue is scattered out of it, and reds and oranges are left.",
  ],
  [
    /\btides?\b/,
    "Tides come mostly from the Moon: its gravity pulls harder on the near side of the Earth than on the far side, which raises two bulges of water. The Earth turns beneath them, so most coasts see two high tides in a little under 25 hours.",
  ],
  [
    /\brainbows?\b/,
    "A rainbow is sunlight that was refracted on its way into raindrops, reflected inside them and refracted again on its way out. Each colour leaves at its own angle, about 42° for red and 40° for violet, so you see them as arcs opposite the sun.",
  ],
  [
    /\bphotosynthesis\b/,
    "Photosynthesis is how plants, algae and some bacteria turn light into food: with the energy of light they make sugar from carbon dioxide and water, and oxygen is set free.",
  ],
  [
    /\blighthouses?\b/,
    "A lighthouse marks a coast for ships at night. Its lens, often a **Fresnel lens**, gathers the light of a lamp into a narrow beam; the rhythm and the colour of its flashes tell a navigator which lighthouse it is.",
  ],
  [
    /\bblack holes?\b/,
    "A black hole is a region of space from which not even light escapes, because so much mass is packed into so little room. Its border is the event horizon; for the mass of the Sun it would be some 3 km in radius.",
  ],
  [
    /\bserverless\b/,
    "**Serverless** means that somebody else runs the servers: you bring functions, the platform starts as many copies as there are requests, and you pay for what runs. The price is that a function may have to start cold, and must keep its state elsewhere.",
  ],
  [
    /\bazure functions?\b/,
    "**Azure Functions** runs pieces of code when something happens: an HTTP request, a queue message, a timer. Each piece is a function with a trigger; the platform scales them out and back to nothing.",
  ],
  [
    /\bmongo ?db\b/,
    "**MongoDB** is a document database: it stores JSON-like documents in collections, finds them by indexes, and changes one document atomically, however large the change.",
  ],
  [
    /\b(?:server[- ]sent events|sse)\b/,
    "**Server-sent events** are a stream of text events over one HTTP response. The browser's `EventSource` reads them and connects again by itself, telling the last id that it saw.",
  ],
  [
    /\bidempoten(?:t|cy|ce)\b/,
    "An operation is **idempotent** when doing it twice has the effect of doing it once. With an `Idempotency-Key`, a client can send a request again after a time-out without paying twice.",
  ],
  [
    /\brecursion\b/,
    "**Recursion** is solving a problem by solving smaller ones of the same kind, until one is so small that its answer is known. A function that does so calls itself, and needs that smallest case to come to an end.",
  ],
  [
    /\b(?:http|rest) api\b|\brest(?:ful)?\b(?= api|$)|\bhttp$/,
    "**HTTP** is a protocol of requests and responses: a method such as `GET` or `POST`, an address, headers and perhaps a body go out, and a status with headers and a body comes back. An API is RESTful when its addresses are things and its methods say what to do with them.",
  ],
  [
    /\btypescript\b/,
    "**TypeScript** is JavaScript with types: a compiler checks what a value may be before the program runs, and the types are gone when it does.",
  ],
  [
    /\b(?:large language models?|llms?|neural networks?|machine learning)\b/,
    "A **neural network** is a function with very many numbers in it, tuned on examples until its outputs fit. A large language model is one that was trained to say how a text goes on. I am neither: the simulated model follows rules, so that it can run anywhere.",
  ],
  [
    /\btokens?\b/,
    "A **token** is the piece of text that a language model reads and writes: a short word, a part of a longer one, a punctuation mark. In English one is about four characters on average; contexts and prices are counted in them.",
  ],
];

/** Answers the few questions of fact that it can. */
export const answerKnowledge: Rule = ({ plain, text }) => {
  const [, country] = /\bcapital (?:city )?of (?:the )?([a-z ]+)/.exec(plain) ?? [];
  const capital = country === undefined ? undefined : capitals[country.trim()];
  if (country !== undefined && capital !== undefined) {
    const [, shown] = /\bcapital (?:city )?of ((?:the )?[a-z ]+)/i.exec(text) ?? [country, country];
    return `The capital of ${(shown ?? country).trim()} is **${capital}**.`;
  }
  if (!/^(?:what|why|how|who|explain|describe|define|tell me|can you (?:explain|tell)|please explain)\b/.test(plain)) {
    return undefined;
  }
  const topic = `${plain} ${readTopic(text).toLowerCase()}`;
  return plain.split(" ").length > 16 ? undefined : explanations.find(([pattern]) => pattern.test(topic))?.[1];
};
